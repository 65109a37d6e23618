"""English questions. {measure} is the measure word of Chinese; in English it is empty."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    # ---- is there …?
    "exist": (
        "Is there {noun} in the picture?",
        "Is there {noun} here?",
        "Does the picture show {noun}?",
        "Do you see {noun}?",
        "Can you see {noun} in this picture?",
        "Look closely: is there {noun}?",
    ),
    "exist/which": (
        "Which of these is in the picture?",
        "Which of these do you see?",
        "Which of these things does the picture show?",
        "One of these is in the picture. Which one?",
    ),
    "exist/missing": (
        "Which of these is not in the picture?",
        "Which of these can't you see?",
        "Which of these things is missing from the picture?",
        "One of these is not in the picture. Which one?",
    ),
    # ---- how many …?
    "count": (
        "How many {measure}{many} are there?",
        "How many {measure}{many} are in the picture?",
        "How many {measure}{many} do you see?",
        "How many {measure}{many} can you count?",
        "Count them: how many {measure}{many} are here?",
        "How many {measure}{many} does the picture show?",
    ),
    # ---- what is it like?
    "attribute/colour": (
        "What colour is {noun}?",
        "Look at {noun}. What colour is it?",
        "Tell me, what colour is {noun}?",
        "Which colour is {noun}?",
        "Can you tell me the colour of {noun}?",
    ),
    "attribute/colour/people": (
        "What colour is {noun} wearing?",
        "Look at {noun}. What colour are the clothes?",
        "What colour clothes is {noun} wearing?",
        "What colour is {noun} dressed in?",
    ),
    "attribute/colour/tree": (
        "What colour are the leaves of {noun}?",
        "What colour leaves does {noun} have?",
        "Look at {noun}. What colour are its leaves?",
        "Can you tell me what colour the leaves of {noun} are?",
    ),
    "attribute/size": (
        "Is {noun} big or small?",
        "Is {noun} small or big?",
        "What size is {noun}, big or small?",
        "Would you say {noun} is big or small?",
    ),
    "attribute/facing": (
        "Which way is {noun} facing?",
        "Is {noun} facing left or right?",
        "Is {noun} facing right or left?",
        "Look at {noun}. Which way is it facing?",
        "Can you tell me which way {noun} is facing?",
    ),
    "attribute/text": (
        "What does {noun} say?",
        "What is written on {noun}?",
        "What can you read on {noun}?",
        "Read out what {noun} says.",
        "Tell me what {noun} says.",
    ),
    "attribute/state/people": (
        "Is {noun} happy or sad?",
        "Is {noun} sad or happy?",
        "How does {noun} feel, happy or sad?",
        "Does {noun} look happy or sad?",
    ),
    "attribute/state/animals": (
        "Is {noun} awake or asleep?",
        "Is {noun} asleep or awake?",
        "Right now, is {noun} awake or asleep?",
        "Look at {noun}: is it awake or asleep?",
    ),
    "attribute/state/tree": (
        "Is {noun} leafy or bare?",
        "Is {noun} bare or leafy?",
        "Tell me, is {noun} leafy or bare?",
        "Look at {noun}: is it leafy or bare?",
    ),
    "attribute/state/flower": (
        "Is {noun} open or closed?",
        "Is {noun} closed or open?",
        "Look at {noun}: is it open or closed?",
        "Has {noun} opened, or is it closed?",
    ),
    "attribute/state/umbrella": (
        "Is {noun} open or closed?",
        "Is {noun} closed or open?",
        "Look at {noun}: is it open or closed?",
        "Tell me, is {noun} open or closed?",
    ),
    "attribute/state/house": (
        "Is the door of {noun} open or closed?",
        "Is the door of {noun} closed or open?",
        "Tell me, is the door of {noun} open or closed?",
        "Look at the door of {noun}: is it open or closed?",
    ),
    "attribute/state/tent": (
        "Is {noun} open or closed?",
        "Is {noun} closed or open?",
        "Look at {noun}: is it open or closed?",
        "Tell me, is {noun} open or closed?",
    ),
    "attribute/state/lamp": (
        "Is {noun} on or off?",
        "Is {noun} switched off or on?",
        "Look at {noun}: is it on or off?",
        "Tell me, is {noun} on or off?",
    ),
    "attribute/state/cake": (
        "Are the candles on {noun} lit or unlit?",
        "Are the candles on {noun} unlit or lit?",
        "Look at {noun}: are its candles lit or unlit?",
        "Tell me, are the candles on {noun} lit or unlit?",
    ),
    "attribute/state/robot": (
        "Is {noun} on or off?",
        "Is {noun} switched off or on?",
        "Look at {noun}: is it on or off?",
        "Tell me, is {noun} on or off?",
    ),
    "attribute/state/car": (
        "Are the lights of {noun} on or off?",
        "Are the lights of {noun} off or on?",
        "Look at the lights of {noun}: are they on or off?",
        "Tell me, are the lights of {noun} on or off?",
    ),
    "attribute/on": (
        "What is on {noun}?",
        "What do you see on {noun}?",
        "What has been put on {noun}?",
        "What is there on {noun}?",
    ),
    "attribute/inside": (
        "What is in {noun}?",
        "What do you see in {noun}?",
        "What has been put into {noun}?",
        "What is there in {noun}?",
    ),
    "attribute/holding": (
        "What is {noun} holding?",
        "What does {noun} have in one hand?",
        "What has {noun} got in one hand?",
        "What can you see {noun} holding?",
    ),
    # ---- how do they stand to each other?
    "relation/direction": (
        "Is {a} {relation} {b}?",
        "Look at the picture: is {a} {relation} {b}?",
        "Would you say that {a} is {relation} {b}?",
        "Is it true that {a} is {relation} {b}?",
        "Tell me, is {a} {relation} {b}?",
    ),
    "relation/on": (
        "Is {a} on {b}?",
        "Look at the picture: is {a} on {b}?",
        "Is it true that {a} is on {b}?",
        "Tell me, is {a} on {b}?",
    ),
    "relation/inside": (
        "Is {a} in {b}?",
        "Look at the picture: is {a} in {b}?",
        "Is it true that {a} is in {b}?",
        "Tell me, is {a} in {b}?",
    ),
    "relation/holding": (
        "Is {a} holding {b}?",
        "Look at the picture: is {a} holding {b}?",
        "Is it true that {a} is holding {b}?",
        "Does {a} have {b} in one hand?",
    ),
    "relation/side": (
        "Is {a} to the left or to the right of {b}?",
        "Is {a} to the right or to the left of {b}?",
        "Which side of {b} is {a} on?",
        "Which side of {b} do you see {a} on, left or right?",
    ),
    "relation/left of": (
        "Which is further to the left, {a} or {b}?",
        "Which one is further left: {a} or {b}?",
        "Look at {a} and {b}. Which of the two is further to the left?",
        "Of {a} and {b}, which one is further left?",
    ),
    "relation/right of": (
        "Which is further to the right, {a} or {b}?",
        "Which one is further right: {a} or {b}?",
        "Look at {a} and {b}. Which of the two is further to the right?",
        "Of {a} and {b}, which one is further right?",
    ),
    # ---- comparisons
    "compare/larger": (
        "Which is bigger, {a} or {b}?",
        "Which one is bigger: {a} or {b}?",
        "Look at {a} and {b}. Which of the two is bigger?",
        "Of {a} and {b}, which one is bigger?",
    ),
    "compare/more": (
        "Are there more {a} than {b}?",
        "Do you see more {a} than {b}?",
        "Count them: are there more {a} than {b}?",
        "Does the picture show more {a} than {b}?",
    ),
    "compare/fewer": (
        "Are there fewer {a} than {b}?",
        "Do you see fewer {a} than {b}?",
        "Count them: are there fewer {a} than {b}?",
        "Does the picture show fewer {a} than {b}?",
    ),
    "compare/as_many": (
        "Are there exactly as many {a} as {b}?",
        "Do you see the same number of {a} and {b}?",
        "Count them: are there just as many {a} as {b}?",
        "Does the picture show the same number of {a} and {b}?",
    ),
    "compare/which": (
        "Are there more {a} or more {b}?",
        "Which are there more of, {a} or {b}?",
        "Count the {a} and the {b}. Which do you see more of?",
        "What does the picture show more of, {a} or {b}?",
    ),
    "compare/colour": (
        "Are {a} and {b} the same colour?",
        "Look at {a} and {b}. Are they the same colour?",
        "Would you say that {a} and {b} are the same colour?",
        "Is {a} the same colour as {b}?",
    ),
    # ---- where?
    "where/thing": (
        "Where is {noun}?",
        "Where do you see {noun}?",
        "Can you tell me where {noun} is?",
        "Where in the picture is {noun}?",
    ),
    "where/seen_from": (
        "Where is {a} compared to {b}?",
        "Where is {a}: to the left of, to the right of, in front of or behind {b}?",
        "Is {a} to the left of, to the right of, in front of or behind {b}?",
        "Where do you see {a}: left of {b}, right of {b}, in front of {b} or behind {b}?",
    ),
    "where/place": (
        "Where is this scene set?",
        "Where is this?",
        "Where are we in this picture?",
        "Look around: where is this?",
    ),
    "where/time": (
        "Is it day or night?",
        "What time of day is it in the picture, day or night?",
        "Is it night or day in this picture?",
        "Does the picture show day or night?",
    ),
    "where/season": (
        "Which season is it?",
        "What season does the picture show?",
        "What time of year is it here?",
        "What season is this scene set in?",
    ),
    "where/weather": (
        "What is the weather like?",
        "What is the weather like in this picture: clear, rainy or snowy?",
        "How is the weather here?",
        "Is it clear, rainy or snowy here?",
    ),
    # ---- several steps
    "multihop/which": (
        "Which {one} is {relation} {b}?",
        "Can you tell me which {one} is {relation} {b}?",
        "Which {one} do you see {relation} {b}?",
        "There is one {one} {relation} {b}. Which one is it?",
    ),
    "multihop/count": (
        "How many {measure}{many} are {relation} {b}?",
        "How many {measure}{many} do you see {relation} {b}?",
        "How many {measure}{many} can you count {relation} {b}?",
        "Look {relation} {b}: how many {measure}{many} are there?",
    ),
    # ---- what if …?
    "counterfactual/removed": (
        "If {noun} were taken away, how many {measure}{many} would be left?",
        "Imagine that {noun} disappeared. How many {measure}{many} would be left?",
        "Without {noun}, how many {measure}{many} would there be?",
        "How many {measure}{many} would be left if {noun} were gone?",
    ),
    "counterfactual/added": (
        "If {noun} were added, how many {measure}{many} would there be?",
        "Imagine that {noun} appeared as well. How many {measure}{many} would there be then?",
        "How many {measure}{many} would there be if {noun} were added?",
        "With {noun} added, how many {measure}{many} would the picture show?",
    ),
    "counterfactual/still": (
        "If {noun} were taken away, would there still be {one}?",
        "Imagine that {noun} disappeared. Would there still be {one} in the picture?",
        "Without {noun}, would you still see {one}?",
        "Would there still be {one} if {noun} were gone?",
    ),
    "counterfactual/turned": (
        "If {noun} turned around, which way would it face?",
        "Imagine that {noun} turned around. Would it face left or right?",
        "Which way would {noun} be facing after turning around?",
        "If {noun} were turned around, would it face right or left?",
    ),
    "counterfactual/swapped/left of": (
        "If {a} and {b} swapped places, which would be further to the left?",
        "Imagine that {a} and {b} changed places. Which would be further left?",
        "{a} and {b} swap places. Which is now further to the left?",
        "Which would be further left if {a} and {b} swapped places?",
    ),
    "counterfactual/swapped/right of": (
        "If {a} and {b} swapped places, which would be further to the right?",
        "Imagine that {a} and {b} changed places. Which would be further right?",
        "{a} and {b} swap places. Which is now further to the right?",
        "Which would be further right if {a} and {b} swapped places?",
    ),
    # ---- two pictures
    "difference/what": (
        "What is different in the second picture?",
        "Find the difference between these two pictures.",
        "What has changed between the first picture and the second?",
        "Compare the two pictures. What has changed?",
        "Spot the difference: what has changed in the second picture?",
    ),
    "difference/which": (
        "One thing has changed in the second picture. Which thing is it?",
        "Compare the two pictures. Which thing has changed?",
        "One thing looks different in the second picture. Which one?",
        "Spot the difference: which thing has changed?",
    ),
    "difference/same": (
        "Are these two pictures the same?",
        "Is the second picture the same as the first?",
        "Compare the two pictures. Are they exactly the same?",
        "Do both pictures show exactly the same thing?",
    ),
    # ---- how it is asked
    "think": (
        "{question} Think first.",
        "{question} Think step by step.",
        "{question} Think it over before you answer.",
        "Take your time and think. {question}",
    ),
    "choice": (
        "{question}\n{options}\nAnswer with a letter.",
        "{question}\n{options}\nWhich answer is right?",
        "{question} Choose one answer.\n{options}",
        "{question} Say A, B, C or D.\n{options}",
        "Choose the right answer. {question}\n{options}",
    ),
}
