"""The caption of a drawing: what a text encoder would be given for it."""

from mini4o.conversation.parts import Conversation, ImageGen, Text, trained


def caption_of(conversation: Conversation) -> str | None:
    """The words that the one drawing of a conversation was asked for with.

    None if there is no such thing: several drawings or turns of the user, a drawing that starts from a picture or
    teaches nothing, a picture in the request, or no words.
    """
    asked = [message for message in conversation if message.role == "user"]
    drawn = [(message.role, part) for message in conversation for part in message.content if isinstance(part, ImageGen)]
    if len(asked) != 1 or len(drawn) != 1:
        return None
    role, drawing = drawn[0]
    if role != "assistant" or drawing.source or drawing.image is None or not trained(role, drawing):
        return None
    words = [part.text for part in asked[0].content if isinstance(part, Text)]
    return "".join(words) if len(words) == len(asked[0].content) and any(map(str.strip, words)) else None
