"""English phrasings for requests about two pictures."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "into": (
        "Put {thing} from the first picture into the second picture.",
        "Take {thing} from picture 1 and draw the same one in picture 2.",
        "Add {thing} from picture 1 to picture 2.",
        "I would like to see {thing} of the first picture in the second picture too.",
        "Here are two pictures. Bring {thing} from the first one into the second one.",
        "Take {thing} from picture 1 to the {place} in picture 2.",
    ),
    "into_at": (
        "Put {thing} from the first picture into the second one, {where}.",
        "Take {thing} from picture 1 and draw the same one in picture 2, {where}.",
        "Add {thing} from picture 1 to picture 2: {where}.",
        "In the second picture, {where}, draw {thing} from the first.",
        "Bring {thing} from picture 1 into picture 2, {where}.",
    ),
    "into_holding": (
        "Let {other} in the second picture hold {thing} from the first.",
        "Give {thing} from picture 1 to {other} in picture 2 to hold.",
        "Put {thing} from the first picture into the hand of {other} in the second.",
        "In picture 2, let {other} hold {thing} from picture 1.",
    ),
    "coloured": (
        "Give {thing} in the first picture the colour of {other} in the second.",
        "Paint {thing} in picture 1 in the colour of {other} in picture 2.",
        "Look at the colour of {other} in picture 2, and make {thing} in picture 1 the same colour.",
        "Show the first picture again, but with {thing} in the colour that {other} has in the second.",
        "I want {thing} of the first picture to have the colour of {other} of the second.",
    ),
    "like_time": (
        "Change the first picture to the time of day of the second.",
        "Show picture 1 at the time of day that picture 2 has.",
        "Let it be day or night in the first picture, just as it is in the second.",
        "Take the time of day of picture 2 and draw picture 1 with it.",
    ),
    "like_weather": (
        "Give the first picture the weather of the second.",
        "Show picture 1 in the weather of picture 2.",
        "Let the weather in the first picture be as it is in the second.",
        "Take the weather of picture 2 and draw picture 1 with it.",
    ),
    "like_season": (
        "Change the first picture to the season of the second.",
        "Show picture 1 in the season of picture 2.",
        "Let the season in the first picture be that of the second.",
        "Take the season of picture 2 and draw picture 1 in it.",
    ),
    "together": (
        "Draw {a} from the first picture and {b} from the second together {scenery}.",
        "Make a new picture {scenery}, with {a} from picture 1 and {b} from picture 2.",
        "Put {a} of the first picture and {b} of the second into one new picture, {scenery}.",
        "Let {a} from picture 1 and {b} from picture 2 meet {scenery}.",
    ),
    "together_at": (
        "Draw {a} from the first picture and {b} from the second together {scenery}, so that {clause}.",
        "Make a new picture {scenery}, with {a} from picture 1 and {b} from picture 2: {clause}.",
        "Put {a} of the first picture and {b} of the second into one new picture, {scenery}, where {clause}.",
        "Let {a} from picture 1 and {b} from picture 2 meet {scenery}. In the new picture, {clause}.",
    ),
    # thoughts
    "think_into": (
        "From picture 1 I take {looks}. Picture 2 stays as it is, with this thing added.",
        "What comes into picture 2 is {looks}, just as in picture 1. The rest of picture 2 stays.",
        "I keep picture 2 and add what picture 1 shows: {looks}.",
    ),
    "think_into_at": (
        "From picture 1 I take {looks}. In picture 2 the place for it is {where}. All the rest of picture 2 stays.",
        "I keep picture 2 and add {looks}, as in picture 1, {where}.",
        "What comes into picture 2, {where}, is {looks}. Nothing else changes.",
    ),
    "think_into_holding": (
        "From picture 1 I take {looks}. In picture 2, {other} will hold it. All the rest of picture 2 stays.",
        "I keep picture 2; only {other} gets something to hold: {looks}.",
        "What comes into picture 2, into the hand of {other}, is {looks}. Nothing else changes.",
    ),
    "think_coloured": (
        "In picture 2, {other} is {colour}. So in picture 1, {thing} becomes {colour}, and all the rest stays.",
        "The colour of {other} is {colour}. I keep picture 1 and make {thing} {colour}.",
        "What I look for in picture 2 is {colour}. Only the colour of {thing} in picture 1 changes.",
    ),
    "think_like_time": (
        "Picture 2 shows {value}. I draw picture 1 as {value}, with all its things where they are.",
        "In picture 2 it is {value}, so picture 1 becomes {value}. The things in it stay.",
        "The time of day to take over is {value}. Nothing else in picture 1 changes.",
    ),
    "think_like_weather": (
        "The weather in picture 2 is {value}. Picture 1 gets the same, with all its things where they are.",
        "What picture 2 has is {value}. The things in picture 1 stay, only the weather changes.",
        "The weather to take over is {value}. Nothing else in picture 1 changes.",
    ),
    "think_like_season": (
        "In picture 2 it is {value}. Picture 1 becomes {value} too, with all its things where they are.",
        "Picture 2 shows {value}. The things in picture 1 stay, only the season changes.",
        "The season to take over is {value}. Nothing else in picture 1 changes.",
    ),
    "think_together": (
        "From picture 1 comes {a_looks}, from picture 2 {b_looks}. The page is new: {scenery}.",
        "I need {a_looks} as in picture 1 and {b_looks} as in picture 2, {scenery}.",
        "Two things on a new page {scenery}: {a_looks} and {b_looks}.",
    ),
    "think_together_at": (
        "From picture 1 comes {a_looks}, from picture 2 {b_looks}. The page is new, {scenery}, and {clause}.",
        "I need {a_looks} as in picture 1 and {b_looks} as in picture 2, {scenery}. There, {clause}.",
        "Two things on a new page {scenery}: {a_looks} and {b_looks}. I see to it that {clause}.",
    ),
}
