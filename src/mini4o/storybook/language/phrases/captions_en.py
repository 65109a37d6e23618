"""English phrasings of the captions."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "ask_short": (
        "What is in this picture? One sentence, please.",
        "Describe the picture in one sentence.",
        "Give this picture a short caption.",
        "In a few words, what do you see?",
        "Write one short sentence about this picture.",
        "Briefly, what does the picture show?",
    ),
    "ask_dense": (
        "Describe the picture in detail.",
        "Tell me everything you can see in this picture.",
        "What is in the picture, and where? Leave nothing out.",
        "Describe this page of the picture book in as much detail as you can.",
        "Describe the picture to someone who cannot see it.",
        "Please write a detailed description of this picture.",
    ),
    # short captions
    "things": (
        "{things}.",
        "A picture of {things}.",
        "You can see {things}.",
        "The picture shows {things}.",
        "This is a picture of {things}.",
    ),
    "things_where": (
        "{where}, you can see {things}.",
        "A picture set {where}, with {things}.",
        "Here is a scene {where} with {things}.",
        "The picture is set {where} and shows {things}.",
    ),
    # "beside" is for directions, "put" for on and in, "held" for holding
    "beside": (
        "{a} is {relation} {b}.",
        "{a} {relation} {b}.",
        "You can see {a} {relation} {b}.",
        "The picture shows {a} {relation} {b}.",
    ),
    "beside_where": (
        "A picture set {where}, with {a} {relation} {b}.",
        "{where}, you can see {a} {relation} {b}.",
        "The picture is set {where} and shows {a} {relation} {b}.",
        "{where}, {a} is {relation} {b}.",
    ),
    "put": (
        "{a} is {relation} {b}.",
        "{a} {relation} {b}.",
        "There is {a} {relation} {b}.",
        "The picture shows {a} {relation} {b}.",
    ),
    "put_where": (
        "{a} {relation} {b} {where}.",
        "There is {a} {relation} {b} {where}.",
        "The picture shows {a} {relation} {b} {where}.",
        "{a} is {relation} {b} {where}.",
    ),
    "held": (
        "{a} is {relation} {b}.",
        "{a} {relation} {b}.",
        "You can see {a} {relation} {b}.",
        "A picture of {a} {relation} {b}.",
    ),
    "held_where": (
        "{a} is {relation} {b} {where}.",
        "{a} {relation} {b} {where}.",
        "You can see {a} {relation} {b} {where}.",
        "A picture of {a} {relation} {b} {where}.",
    ),
    # sentences of dense captions
    "told_setting": (
        "We are {where}.",
        "The scene is set {where}.",
        "This page is set {where}.",
        "The story takes place {where}.",
    ),
    "told_things": (
        "You can see {things}.",
        "The picture shows {things}.",
        "This is a picture of {things}.",
        "Here we have {things}.",
    ),
    "told_on": (
        "There is {load} on {carrier}.",
        "On {carrier} there is {load}.",
        "On {carrier} you can see {load}.",
        "On top of {carrier} there is {load}.",
    ),
    "told_inside": (
        "There is {load} in {carrier}.",
        "In {carrier} there is {load}.",
        "Inside {carrier} you can see {load}.",
        "{carrier} has {load} in it.",
    ),
    "told_holding": (
        "{carrier} is holding {load}.",
        "{carrier} holds {load}.",
        "{carrier} has {load} in one hand.",
        "In one hand, {carrier} is holding {load}.",
    ),
    "told_relation": (
        "{a} is {relation} {b}.",
        "You can see {a} {relation} {b}.",
        "{relation} {b} is {a}.",
        "Look, {a} is {relation} {b}.",
    ),
}
