"""English thoughts before an edit: what changes, where it is, what stays."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "change_add": ("What is missing is {thing}.", "I need to add {thing}.", "The new thing is {thing}."),
    "change_add_at": (
        "I need to add {thing} {where}.",
        "The new thing is {thing}, {where}.",
        "I need room {where} for {thing}.",
    ),
    "change_add_holding": (
        "{other} gets {thing} to hold.",
        "The new thing is {thing}, held by {other}.",
        "I need to draw {other} holding {thing}.",
    ),
    "change_remove": (
        "{thing} has to go.",
        "I need to take away {thing}.",
        "{thing} goes, and nothing is put there instead.",
    ),
    # "known" is where the name of the thing tells its colour or its state: "the red ball", "the sad girl"
    "change_recolour": (
        "{thing} is {was} now and has to become {will}.",
        "Now {thing} is {was}. Afterwards it will be {will}.",
        "I see that {thing} is {was}. I need to paint it {will}.",
    ),
    "change_recolour_known": (
        "{thing} has to become {will}.",
        "I look for {thing} and paint it {will}.",
        "I need {will} paint for {thing}.",
    ),
    "change_recolour_person": (
        "{thing} is wearing {was} now and has to wear {will}.",
        "Now {thing} is dressed in {was}. Afterwards the clothes will be {will}.",
        "I see that the clothes of {thing} are {was}. I need to make them {will}.",
    ),
    "change_recolour_person_known": (
        "{thing} has to wear {will} instead.",
        "I look for {thing} and draw {will} clothes instead.",
        "I need {will} clothes for {thing}.",
    ),
    "change_recolour_tree": (
        "The leaves of {thing} are {was} now and have to become {will}.",
        "Now {thing} has {was} leaves. Afterwards they will be {will}.",
        "I see that the leaves of {thing} are {was}. I need to paint them {will}.",
    ),
    "change_recolour_tree_known": (
        "{thing} has to have {will} ones instead.",
        "I look for {thing} and make them {will}.",
        "I need {will} leaves for {thing}.",
    ),
    "change_replace": (
        "{thing} makes way for {new}.",
        "Where {thing} is now, there will be {new}.",
        "{thing} goes, and {new} comes instead.",
    ),
    "change_resize": (
        "{thing} changes in size from {was} to {will}.",
        "{thing} is {was} now and has to be {will}.",
        "I change the size of {thing} from {was} to {will}.",
    ),
    "change_move_at": (
        "{thing} goes {where}.",
        "I need to move {thing} {where}.",
        "{thing} has to go {where}.",
    ),
    "change_move_holding": (
        "{other} gets {thing} to hold.",
        "I need to draw {other} holding {thing}.",
        "{other} will be holding {thing}.",
    ),
    "change_turn": (
        "{thing} is facing {was} now and has to face {will}.",
        "{thing} has to face {will} instead of {was}.",
        "I need to draw {thing} facing {will}, not {was}.",
    ),
    "change_state": (
        "{thing} changes from {was} to {will}.",
        "I change {thing} from {was} to {will}.",
        "{thing} goes from {was} to {will}.",
    ),
    "change_state_known": (
        "{thing} has to be {will} instead.",
        "{thing} will be {will} afterwards.",
        "In the new picture {thing} will be {will}.",
    ),
    "change_state_house": (
        "The door of {thing} is {was} now and has to be {will}.",
        "I change the door of {thing} from {was} to {will}.",
        "I look at the door of {thing}: it is {was}, and it has to be {will}.",
    ),
    "change_state_house_known": (
        "I look for {thing}. Its door has to be {will}.",
        "I look for {thing} and draw the door {will} instead.",
        "I find {thing}. Afterwards the door will be {will}.",
    ),
    "change_state_car": (
        "The lights of {thing} are {was} now and have to be {will}.",
        "I change the lights of {thing} from {was} to {will}.",
        "I look at the lights of {thing}: they are {was}, and they have to be {will}.",
    ),
    "change_state_car_known": (
        "I look for {thing}. Its lights have to be {will}.",
        "I look for {thing} and draw the lights {will} instead.",
        "I find {thing}. Afterwards the lights will be {will}.",
    ),
    "change_state_cake": (
        "The candles on {thing} are {was} now and have to be {will}.",
        "I change the candles on {thing} from {was} to {will}.",
        "I look at the candles on {thing}: they are {was}, and they have to be {will}.",
    ),
    "change_state_cake_known": (
        "I look for {thing}. The candles have to be {will}.",
        "I look for {thing} and draw the candles {will} instead.",
        "I find {thing}. Afterwards the candles will be {will}.",
    ),
    "change_text": (
        'The text on {thing} changes from "{was}" to "{will}".',
        '{thing} says "{was}" now and has to say "{will}".',
        'I need to write "{will}" on {thing} instead of "{was}".',
    ),
    "change_weather": (
        "The weather changes from {was} to {will}.",
        "It is {was} now, and it has to become {will}.",
        "I change the weather from {was} to {will}.",
    ),
    "change_season": (
        "The season changes from {was} to {will}.",
        "It is {was} now, and it has to become {will}.",
        "I change the season from {was} to {will}.",
    ),
    "change_time": (
        "It is {was} now, and it has to become {will}.",
        "I change the time of day from {was} to {will}.",
        "{was} turns into {will}.",
    ),
    # where the thing is, where a new one goes
    "is_left": (
        "The place to look is on the left.",
        "I look on the left of the picture.",
        "I find what I need on the left.",
    ),
    "is_middle_left": (
        "The place to look is just left of the middle.",
        "I look a little to the left of the middle.",
        "I find what I need just left of the middle.",
    ),
    "is_middle_right": (
        "The place to look is just right of the middle.",
        "I look a little to the right of the middle.",
        "I find what I need just right of the middle.",
    ),
    "is_right": (
        "The place to look is on the right.",
        "I look on the right of the picture.",
        "I find what I need on the right.",
    ),
    "is_middle": (
        "The place to look is in the middle.",
        "I look in the middle of the picture.",
        "I find what I need in the middle.",
    ),
    "comes_left": (
        "I draw on the left of the picture.",
        "The place to draw is on the left.",
        "The left side is where I draw.",
    ),
    "comes_middle_left": (
        "I draw a little to the left of the middle.",
        "The place to draw is just left of the middle.",
        "Just left of the middle is where I draw.",
    ),
    "comes_middle_right": (
        "I draw a little to the right of the middle.",
        "The place to draw is just right of the middle.",
        "Just right of the middle is where I draw.",
    ),
    "comes_right": (
        "I draw on the right of the picture.",
        "The place to draw is on the right.",
        "The right side is where I draw.",
    ),
    "comes_middle": (
        "I draw in the middle of the picture.",
        "The place to draw is in the middle.",
        "The middle is where I draw.",
    ),
    # what stays
    "stays": (
        "Everything else stays as it is.",
        "Nothing else changes.",
        "The rest stays the same.",
        "I keep everything else.",
    ),
    "stays_one": ("{others} does not change.", "I do not touch {others}.", "{others} stays the same."),
    "stays_two": ("{others} do not change.", "I do not touch {others}.", "{others} stay the same."),
}
