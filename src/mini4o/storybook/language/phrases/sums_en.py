"""English phrasings of the word problems. Amounts are "7 apples", people "a girl" and, as the_who, "the girl"."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "come": (
        "There are {a} {where}. Then {b} join them. How many {things} are there now?",
        "You see {a} {where}. Soon {b} come along too. How many {things} do you see now?",
        "{a} are {where}. {b} come to join them. How many {things} does that make?",
        "At first there are {a} {where}. Later {b} come as well. How many {things} are there in the end?",
    ),
    "go": (
        "There are {a} {where}. Then {b} go away. How many {things} are left?",
        "{a} are playing {where}. Of these, {b} go home. How many {things} stay?",
        "You see {a} {where}. When you look again, {b} have left. How many {things} are still there?",
        "At first there are {a} {where}. Later {b} leave. How many {things} remain?",
    ),
    "fly": (
        "There are {a} {where}. Then {b} fly away. How many {things} are left?",
        "{where}, {a} are up in the air. Of these, {b} fly off. How many {things} stay?",
        "You see {a} {where}. When you look again, {b} are gone. How many {things} are still there?",
        "At first there are {a} {where}. Later {b} fly off. How many {things} remain?",
    ),
    "together": (
        "{who} has {a} and {other} has {b}. How many {things} do they have together?",
        "{who} brings {a}. {other} brings {b}. How many {things} is that in all?",
        "{who} with {a} meets {other} with {b}. How many {things} do the two of them have together?",
        "{who} has {a}, and {other} has {b}. Count all the {things}.",
    ),
    "difference": (
        "{who} has {a} and {other} has {b}. How many more {things} does {the_who} have?",
        "{who} has {a}, but {other} has only {b}. How many more {things} does {the_other} need to have just as many?",
        "{who} counts {a}, and {other} counts {b}. What is the difference?",
        "{who} has {a}. {other} has {b}. How many fewer {things} does {the_other} have?",
    ),
    "eaten": (
        "{who} has {a} and eats {b}. How many {things} are left?",
        "There are {a} on the table. {who} eats {b}. How many {things} remain?",
        "{who} buys {a}. Then {other} eats {b}. How many {things} are left over?",
        "Out of {a}, {who} eats {b}. How many {things} are still there?",
    ),
    "times": (
        "There are {boxes} with {each} in each. How many {things} are there in all?",
        "In each of {boxes} there are {each}. How many {things} is that altogether?",
        "You have {boxes}. Each of them holds {each}. How many {things} do you have?",
        "Someone puts {each} into each of {boxes}. How many {things} are needed?",
    ),
    "share": (
        "{a} are shared equally between {people}. How many {things} does each of them get?",
        "{people} share {a} equally. How many {things} does each of them get?",
        "You give {a} to {people}, the same number to each. How many {things} does each one get?",
        "Divide {a} equally between {people}. How many {things} does each of them have then?",
    ),
    "get_give": (
        "{who} has {a}, gets {b} and then gives away {c}. How many {things} are left?",
        "{who} has {a}. {other} brings {the_who} another {b}. Then {the_who} loses {c}. How many {things} are left?",
        "First {who} has {a}. Then {b} are added and {c} are taken away. How many {things} does {the_who} have now?",
        "{who} finds {a} and then another {b}, and gives {c} to {other}. How many {things} does {the_who} keep?",
    ),
    "times_plus": (
        "There are {boxes} with {each} in each, and {c} next to them. How many {things} are there in all?",
        "In each of {boxes} there are {each}. On the floor there are {c}. How many {things} is that altogether?",
        "You have {boxes} with {each} in each, and {c} in your hands. How many {things} do you have?",
        "Someone puts {each} into each of {boxes} and has {c} left over. How many {things} were there to begin with?",
    ),
    "times_minus": (
        "There are {boxes} with {each} in each. {c} are taken out. How many {things} are left?",
        "In each of {boxes} there are {each}. Then {c} get lost. How many {things} are still there?",
        "You have {boxes} with {each} in each and give away {c}. How many {things} do you keep?",
        "Someone puts {each} into each of {boxes}, and later takes {c} out again. How many {things} stay inside?",
    ),
    "more_together": (
        "{who} has {a}. {other} has {b} more than {the_who}. How many {things} do they have together?",
        "{who} has {a}. {other} has just as many, plus {b}. How many {things} do the two of them have together?",
        "{other} has {b} more than {who}, who has {a}. How many {things} do they have together?",
        "{who} brings {a}. {other} brings the same number and another {b}. How many {things} do they bring in all?",
    ),
    "three_animals": (
        "There are {a}, {b} and {c}. How many animals is that?",
        "In the picture book you count {a}, {b} and {c}. How many animals are there in all?",
        "{a} meet {b} and {c}. How many animals are there altogether?",
        "In a story there are {a}, {b} and {c}. Count all the animals.",
    ),
    "three_foods": (
        "There are {a}, {b} and {c}. How many things to eat is that?",
        "On the table you count {a}, {b} and {c}. How many things to eat are there?",
        "For the party there are {a}, {b} and {c}. How many things to eat is that altogether?",
        "A shop sells {a}, {b} and {c}. How many things does it sell in all?",
    ),
    "one_step": (
        "{step}.",
        "I calculate: {step}.",
        "I work it out: {step}.",
        "That takes one step: {step}.",
    ),
    "two_steps": (
        "{first}. {second}.",
        "First {first}, then {second}.",
        "First step: {first}. Second step: {second}.",
        "I begin with {first}. After that, {second}.",
    ),
    "result": (
        "{amount}.",
        "The answer is {number}.",
        "That makes {amount}.",
        "{number}.",
    ),
    "total": (
        "{number}.",
        "The answer is {number}.",
        "That is {number} in all.",
        "That makes {number}.",
    ),
}
