"""English phrasings for editing in rounds."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    # what stands for a thing, as an object
    "it": ("it",),
    "she": ("her",),
    "he": ("him",),
    "added": ("{thing} you added", "{thing} that you added", "{thing} I had you add"),
    # before an instruction, which goes on in small letters
    "then": (
        "Now {order}",
        "Next, {order}",
        "Good. Now {order}",
        "And now {order}",
        "Nice! Now {order}",
        "One more thing: {order}",
    ),
    "from_first": (
        "Go back to the first picture, and from there: {order}",
        "Take the very first picture again: {order}",
        "Forget all the changes. In the first picture, {order}",
        "Start over from the first picture: {order}",
    ),
    # one more change of the thing that was just changed
    "also_recolour": (
        "Make {thing} {colour} too.",
        "And paint {thing} {colour} as well.",
        "Now make {thing} {colour} too.",
        "Also colour {thing} {colour}.",
    ),
    "also_bigger": (
        "Make {thing} bigger too.",
        "Now make {thing} a bit bigger as well.",
        "And make {thing} grow a little too.",
        "Also make {thing} one size bigger.",
    ),
    "also_smaller": (
        "Make {thing} smaller too.",
        "Now make {thing} a bit smaller as well.",
        "And shrink {thing} a little too.",
        "Also make {thing} one size smaller.",
    ),
    "also_large": (
        "Make {thing} big too.",
        "Now make {thing} large as well.",
        "Also make {thing} really big.",
        "And draw {thing} big as well.",
    ),
    "also_small": (
        "Make {thing} small too.",
        "Now make {thing} small as well.",
        "Also make {thing} really small.",
        "And draw {thing} small as well.",
    ),
    "also_turn_around": (
        "Turn {thing} around too.",
        "And make {thing} face the other way.",
        "Also turn {thing} the other way round.",
        "Now turn {thing} around as well.",
    ),
    # the last change once more
    "same": (
        "Do the same to {thing}.",
        "Now the same for {thing}.",
        "And the same with {thing}, please.",
        "Please do that to {thing} as well.",
        "Can you do the same with {thing}?",
    ),
    "other": (
        "Now the other {one}.",
        "Do the same to the other {kind}.",
        "And the other {kind} too, please.",
        "Now the same for the other {one}.",
        "Please do that to the other {kind} as well.",
    ),
    # back
    "undo": (
        "Undo that.",
        "Go back to how it was before that.",
        "No, undo the last change.",
        "Please undo the last step.",
        "I liked it better before. Go back one picture.",
        "Hmm, no. Back to the picture before this one.",
    ),
    "first": (
        "Go back to the first picture.",
        "Show me the first picture again, just as it was.",
        "Undo everything.",
        "Please go back to the picture we started with.",
        "Put everything back the way it was at the very start.",
    ),
    "restore": (
        "Now I want {thing} back.",
        "Put {thing} back in the same place as before.",
        "Please bring {thing} back.",
        "Could I have {thing} back, please?",
        "Can you bring {thing} back, just like before?",
    ),
    "as_at_first": (
        "Give {thing} back the colour it had in the first picture.",
        "Make {thing} the colour it was at the start.",
        "Paint {thing} the same colour as in the first picture.",
        "Change {thing} back to its very first colour.",
    ),
    # thoughts
    "think_means": ('"{it}" means {thing}.', 'Here "{it}" stands for {thing}.', '"{it}" must be {thing}.'),
    "think_undo": (
        "The last change has to go. I start from picture {number} and leave it as it is.",
        "Picture {number} is the one before the last change. It must come out just the same.",
        "Back to picture {number}, without any change.",
    ),
    "think_first": (
        "Everything goes back to picture {number}, the first one, without any change.",
        "The first picture once more: I copy picture {number} as it is.",
        "I start from picture {number} and change nothing.",
    ),
    "think_restore": (
        "What was taken away comes back just as it was, in the same place. Everything else stays.",
        "I remember what was taken away and where it was, and I put it back there. Nothing else changes.",
        "What was gone goes back to its old place, looking just the same. The rest stays.",
    ),
    # words alone
    "thanks": (
        "Thank you!",
        "That's lovely, thanks!",
        "Great, thank you.",
        "I like it. Thanks!",
        "Perfect, thank you!",
    ),
    "welcome": (
        "You're welcome!",
        "You're welcome. What shall I change next?",
        "I'm glad you like it.",
        "Any time! Just tell me what comes next.",
        "My pleasure.",
    ),
    "ask_colour": (
        "What colour is {thing} now?",
        "Can you tell me what colour {thing} is now?",
        "Tell me what colour {thing} is.",
        "By the way, what colour is {thing}?",
    ),
    "ask_exists": (
        "Are there any {kinds} in the picture now?",
        "Can you see any {kinds} in the picture?",
        "Does the picture show any {kinds}?",
        "By the way, are there any {kinds} here?",
    ),
    "answer": ("{value}.",),
    "already": (
        "{thing} is already {colour}.",
        "There is nothing to do: {thing} is {colour} already.",
        "But {thing} is {colour} already.",
        "Look, {thing} is already {colour}.",
    ),
    "missing": (
        "There is no {bare} in the picture.",
        "I can see no {bare} in the picture.",
        "There is no {bare} here to take away.",
        "But there is no {bare} in this picture.",
    ),
}
