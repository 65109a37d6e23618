"""English thoughts before an edit: what changes, where it is, what stays."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "change_add": ("What is missing is {thing}.", "I am to add {thing}.", "The new thing is {thing}."),
    "change_add_at": (
        "I am to add {thing} {where}.",
        "What is new: {thing}, {where}.",
        "There has to be room {where}, for {thing}.",
    ),
    "change_add_holding": (
        "{other} gets {thing} to hold.",
        "What is new is {thing}, in the hand of {other}.",
        "I am to put {thing} into the hand of {other}.",
    ),
    "change_remove": (
        "{thing} has to go.",
        "I am to leave out {thing}.",
        "{thing} goes, and nothing comes in its place.",
    ),
    "change_recolour": (
        "{thing} changes from {was} to {will}.",
        "The colour of {thing} goes from {was} to {will}.",
        "{thing} is {was} now and will be {will}.",
    ),
    "change_recolour_person": (
        "{thing} wears {was} now and will wear {will}.",
        "The clothes of {thing} change from {was} to {will}.",
        "It is {will} clothes instead of {was} ones for {thing}.",
    ),
    "change_replace": (
        "{thing} makes way for {new}.",
        "Where {thing} is now, there will be {new}.",
        "{thing} goes, and {new} comes to the same place.",
    ),
    "change_resize": (
        "{thing} changes in size from {was} to {will}.",
        "{thing} is {was} now and will be {will}.",
        "The size of {thing} goes from {was} to {will}.",
    ),
    "change_move_at": (
        "{thing} goes {where}.",
        "I am to move {thing} {where}.",
        "{thing} leaves its place and goes {where}.",
    ),
    "change_move_holding": (
        "{thing} goes into the hand of {other}.",
        "I am to put {thing} into the hand of {other}.",
        "{other} will hold {thing}.",
    ),
    "change_turn": (
        "{thing} faces {was} now and will face {will}.",
        "{thing} turns from {was} to {will}.",
        "I am to turn {thing}, which faces {was}, to the {will}.",
    ),
    "change_state": (
        "{thing} changes from {was} to {will}.",
        "{thing} is {was} now and will be {will}.",
        "From {was} to {will}: that is what happens to {thing}.",
    ),
    "change_text": (
        'The text on {thing} changes from "{was}" to "{will}".',
        '{thing} says "{was}" now and will say "{will}".',
        'I am to write "{will}" over "{was}" on {thing}.',
    ),
    "change_weather": (
        "The weather changes from {was} to {will}.",
        "The weather is to go from {was} to {will}.",
        "From {was} to {will}: only the weather changes.",
    ),
    "change_season": (
        "The season changes from {was} to {will}.",
        "It is {was} now and will be {will}.",
        "From {was} to {will}: only the season changes.",
    ),
    "change_time": (
        "It is {was} now and will be {will}.",
        "The time changes from {was} to {will}.",
        "From {was} to {will}: only the light changes.",
    ),
    # where the thing is, where a new one goes
    "is_left": ("This is on the left of the picture.", "The place: on the left.", "That is on the left."),
    "is_right": ("This is on the right of the picture.", "The place: on the right.", "That is on the right."),
    "is_middle": ("This is in the middle of the picture.", "The place: the middle.", "That is in the middle."),
    "comes_left": (
        "There is room on the left of the picture.",
        "There is a good place on the left.",
        "The left is a good place.",
    ),
    "comes_right": (
        "There is room on the right of the picture.",
        "There is a good place on the right.",
        "The right is a good place.",
    ),
    "comes_middle": (
        "There is room in the middle of the picture.",
        "There is a good place in the middle.",
        "The middle is a good place.",
    ),
    # what stays
    "stays": (
        "Everything else stays as it is.",
        "Nothing else changes.",
        "All the rest stays.",
        "I keep all the rest.",
    ),
    "stays_one": ("{others} does not change.", "I do not touch {others}.", "{others} stays the same."),
    "stays_two": ("{others} do not change.", "I do not touch {others}.", "{others} stay the same."),
}
