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
        "Which of these do you not see?",
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
        "What is the colour of {noun}?",
        "Which colour does {noun} have?",
        "Which colour is {noun}?",
        "Can you tell me the colour of {noun}?",
    ),
    "attribute/colour/people": (
        "What colour is {noun} wearing?",
        "What colour are the clothes of {noun}?",
        "Which colour do you see on the clothes of {noun}?",
        "Which colour is {noun} dressed in?",
    ),
    "attribute/colour/tree": (
        "What colour are the leaves of {noun}?",
        "What is the colour of the leaves of {noun}?",
        "Which colour do the leaves of {noun} have?",
        "The leaves of {noun}: what colour are they?",
    ),
    "attribute/size": (
        "Is {noun} big or small?",
        "Is {noun} small or big?",
        "What size is {noun}, big or small?",
        "How big is {noun}: big or small?",
    ),
    "attribute/facing": (
        "Which way is {noun} facing?",
        "Is {noun} facing left or right?",
        "Does {noun} face right or left?",
        "To which side is {noun} turned?",
        "In which direction is {noun} facing?",
    ),
    "attribute/text": (
        "What does {noun} say?",
        "What is written on {noun}?",
        "What can you read on {noun}?",
        "Read out what {noun} says.",
        "What do you read on {noun}?",
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
        "What is {noun} right now, awake or asleep?",
        "Look at {noun}: is it awake or asleep?",
    ),
    "attribute/state/tree": (
        "Is {noun} leafy or bare?",
        "Is {noun} bare or leafy?",
        "What does {noun} look like, leafy or bare?",
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
        "How is {noun}, open or closed?",
    ),
    "attribute/state/house": (
        "Is the door of {noun} open or closed?",
        "Is the door of {noun} closed or open?",
        "How is the door of {noun}, open or closed?",
        "Look at the door of {noun}: is it open or closed?",
    ),
    "attribute/state/tent": (
        "Is {noun} open or closed?",
        "Is {noun} closed or open?",
        "Look at {noun}: is it open or closed?",
        "How is {noun}, open or closed?",
    ),
    "attribute/state/lamp": (
        "Is {noun} lit or off?",
        "Is {noun} off or lit?",
        "Look at {noun}: is it lit or off?",
        "How is {noun}, lit or off?",
    ),
    "attribute/state/cake": (
        "Are the candles on {noun} lit or unlit?",
        "Are the candles on {noun} unlit or lit?",
        "Look at {noun}: are its candles lit or unlit?",
        "How are the candles on {noun}, lit or unlit?",
    ),
    "attribute/state/robot": (
        "Is {noun} on or off?",
        "Is {noun} switched off or on?",
        "Look at {noun}: is it on or off?",
        "How is {noun}, on or off?",
    ),
    "attribute/state/car": (
        "Are the lights of {noun} on or off?",
        "Are the lights of {noun} off or on?",
        "Look at the lights of {noun}: are they on or off?",
        "How are the lights of {noun}, on or off?",
    ),
    "attribute/on": (
        "What is on {noun}?",
        "What do you see on {noun}?",
        "What has been put on {noun}?",
        "Which thing is on {noun}?",
    ),
    "attribute/inside": (
        "What is in {noun}?",
        "What do you see in {noun}?",
        "What has been put into {noun}?",
        "Which thing is in {noun}?",
    ),
    "attribute/holding": (
        "What is {noun} holding?",
        "What does {noun} have in one hand?",
        "Which thing is {noun} holding?",
        "What do you see in the hand of {noun}?",
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
        "On which side of {b} is {a}?",
        "On which side of {b} do you see {a}, left or right?",
    ),
    "relation/left of": (
        "Which is further to the left, {a} or {b}?",
        "What is further left: {a} or {b}?",
        "Look at {a} and {b}. Which of the two is further to the left?",
        "Of {a} and {b}, which one is further left?",
    ),
    "relation/right of": (
        "Which is further to the right, {a} or {b}?",
        "What is further right: {a} or {b}?",
        "Look at {a} and {b}. Which of the two is further to the right?",
        "Of {a} and {b}, which one is further right?",
    ),
    # ---- comparisons
    "compare/larger": (
        "Which is bigger, {a} or {b}?",
        "What is bigger: {a} or {b}?",
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
        "Are there as many {a} as {b}?",
        "Is the number of {a} the same as the number of {b}?",
        "Count them: are there just as many {a} as {b}?",
        "Does the picture show as many {a} as {b}?",
    ),
    "compare/which": (
        "Are there more {a} or more {b}?",
        "Of which are there more, {a} or {b}?",
        "Count the {a} and the {b}. Of which do you see more?",
        "What does the picture show more of, {a} or {b}?",
    ),
    "compare/colour": (
        "Do {a} and {b} have the same colour?",
        "Are {a} and {b} of the same colour?",
        "Is the colour of {a} the same as that of {b}?",
        "Does {a} have the same colour as {b}?",
    ),
    # ---- where?
    "where/thing": (
        "Where is {noun}?",
        "Where do you see {noun}?",
        "Can you tell me where {noun} is?",
        "Where can {noun} be found in this picture?",
    ),
    "where/seen_from": (
        "Where is {a}, seen from {b}?",
        "Where is {a}: to the left of, to the right of, in front of or behind {b}?",
        "Is {a} to the left of {b}, to the right of it, in front of it or behind it?",
        "Starting from {b}, where do you find {a}: left, right, in front or behind?",
    ),
    "where/place": (
        "Where does this picture take place?",
        "Where is this?",
        "Where are we in this picture?",
        "Look around: where is this?",
    ),
    "where/time": (
        "Is it day or night?",
        "What time is it in the picture, day or night?",
        "Is it night or day in this picture?",
        "Does the picture show day or night?",
    ),
    "where/season": (
        "Which season is it?",
        "What season does the picture show?",
        "What time of year is it here?",
        "In which season does this picture take place?",
    ),
    "where/weather": (
        "What is the weather like?",
        "What is the weather in this picture: clear, rain or snow?",
        "How is the weather here?",
        "Is it clear, or is there rain or snow?",
    ),
    # ---- several steps
    "multihop/which": (
        "Which {one} is {relation} {b}?",
        "What kind of {one} is {relation} {b}?",
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
        "With {noun} added to the picture, how many {measure}{many} would it show?",
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
        "One thing has changed from the first picture to the second. What is it?",
        "Compare the two pictures. What has changed?",
        "Spot the difference: what has changed in the second picture?",
    ),
    "difference/which": (
        "One thing has changed in the second picture. Which thing is it?",
        "Compare the two pictures. Which thing is no longer the same?",
        "Something about one thing is different in the second picture. Which thing?",
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
        "Take your time to think. {question}",
    ),
    "choice": (
        "{question}\n{options}\nAnswer with a letter.",
        "{question}\n{options}\nWhich answer is right?",
        "{question} Choose one answer.\n{options}",
        "{question} Say A, B, C or D.\n{options}",
        "Choose the right answer. {question}\n{options}",
    ),
}
