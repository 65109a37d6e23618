"""English phrasings for requests about two pictures."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "into": (
        "Put {thing} from the first picture into the second picture.",
        "Take {thing} from picture 1 and draw the same one in picture 2.",
        "Add {thing} from picture 1 to picture 2.",
        "I would like to see {thing} from the first picture in the second picture too.",
        "Here are two pictures. Bring {thing} from the first one into the second one.",
        "Copy {thing} from picture 1 into the {place} scene in picture 2.",
    ),
    "into_at": (
        "Put {thing} from the first picture into the second one, {where}.",
        "Take {thing} from picture 1 and draw the same one in picture 2, {where}.",
        "Add {thing} from picture 1 to picture 2, {where}.",
        "Draw {thing} from picture 1 again in picture 2, {where}.",
        "Bring {thing} from picture 1 into picture 2, {where}.",
    ),
    "into_holding": (
        "Let {other} in the second picture hold {thing} from the first.",
        "Give {thing} from picture 1 to {other} in picture 2 to hold.",
        "Draw {other} in the second picture holding {thing} from the first.",
        "In picture 2, let {other} hold {thing} from picture 1.",
    ),
    "coloured": (
        "Give {thing} in the first picture the colour of {other} in the second.",
        "Paint {thing} in picture 1 the same colour as {other} in picture 2.",
        "Look at the colour of {other} in picture 2, and make {thing} in picture 1 the same colour.",
        "Show the first picture again, but make {thing} the same colour as {other} in the second.",
        "I want {thing} in the first picture to be the colour of {other} in the second.",
    ),
    "like_time": (
        "Give the first picture the same time of day as the second.",
        "Show picture 1 at the same time of day as picture 2.",
        "Make it day or night in the first picture, the same as in the second.",
        "Draw picture 1 again at the time of day that you see in picture 2.",
    ),
    "like_weather": (
        "Give the first picture the weather of the second.",
        "Show picture 1 with the same weather as picture 2.",
        "Make the weather in the first picture the same as in the second.",
        "Draw picture 1 again with the weather from picture 2.",
    ),
    "like_season": (
        "Give the first picture the same season as the second.",
        "Show picture 1 in the same season as picture 2.",
        "Make the season in the first picture the same as in the second.",
        "Draw picture 1 again in the season that you see in picture 2.",
    ),
    "together": (
        "Draw {a} from the first picture and {b} from the second together {scenery}.",
        "Make a new picture set {scenery}, with {a} from picture 1 and {b} from picture 2.",
        "Put {a} from the first picture and {b} from the second into one new picture set {scenery}.",
        "Bring {a} from picture 1 and {b} from picture 2 together {scenery}.",
    ),
    "together_at": (
        "Draw {a} from the first picture and {b} from the second together {scenery}, so that {clause}.",
        "Make a new picture set {scenery}, with {a} from picture 1 and {b} from picture 2. In it, {clause}.",
        "Put {a} from the first picture and {b} from the second into one new picture set {scenery}, where {clause}.",
        "Bring {a} from picture 1 and {b} from picture 2 together {scenery}. In the new picture, {clause}.",
    ),
    # thoughts
    "think_into": (
        "From picture 1 I take {looks}. Picture 2 stays as it is, with just this added.",
        "I draw {looks} in picture 2, just as in picture 1. The rest of picture 2 stays the same.",
        "I keep picture 2 and add {looks}, as in picture 1.",
    ),
    "think_into_at": (
        "From picture 1 I take {looks}. In picture 2 the place is {where}. The rest of picture 2 stays the same.",
        "I keep picture 2 and add {looks}, as in picture 1, {where}.",
        "I add {looks} to picture 2, {where}. Nothing else changes.",
    ),
    "think_into_holding": (
        "From picture 1 I take {looks}. In picture 2, {other} will hold it. The rest of picture 2 stays the same.",
        "I keep picture 2; only {other} gets something to hold: {looks}.",
        "I draw {other} in picture 2 holding {looks}. Nothing else changes.",
    ),
    "think_coloured": (
        "In picture 2, {other} is {colour}. So in picture 1, {thing} becomes {colour}, and everything else stays.",
        "The colour of {other} in picture 2 is {colour}. I keep picture 1 and make {thing} in it {colour}.",
        "The colour I find in picture 2 is {colour}. Only the colour of {thing} in picture 1 changes.",
    ),
    "think_like_time": (
        "It is {value} in picture 2. I make it {value} in picture 1 too, with everything else where it is.",
        "In picture 2 it is {value}, so it has to be {value} in picture 1 as well. The things in picture 1 stay.",
        "The time of day I need is {value}. Nothing else in picture 1 changes.",
    ),
    "think_like_weather": (
        "The weather in picture 2 is {value}. Picture 1 gets the same weather, with everything else where it is.",
        "It is {value} in picture 2. The things in picture 1 stay; only the weather changes.",
        "The weather has to be {value}. Nothing else in picture 1 changes.",
    ),
    "think_like_season": (
        "In picture 2 it is {value}. I make it {value} in picture 1 too, with everything else where it is.",
        "It is {value} in picture 2. The things in picture 1 stay; only the season changes.",
        "The season I need is {value}. Nothing else in picture 1 changes.",
    ),
    "think_together": (
        "From picture 1 I take {a_looks}, and from picture 2 {b_looks}. The new scene is set {scenery}.",
        "I need {a_looks} as in picture 1 and {b_looks} as in picture 2, {scenery}.",
        "In a new scene {scenery} I draw {a_looks} and {b_looks}.",
    ),
    "think_together_at": (
        "From picture 1 I take {a_looks}, and from picture 2 {b_looks}. The new scene is set {scenery}, and {clause}.",
        "I need {a_looks} as in picture 1 and {b_looks} as in picture 2, {scenery}. There, {clause}.",
        "In a new scene {scenery} I draw {a_looks} and {b_looks}. I make sure that {clause}.",
    ),
}
