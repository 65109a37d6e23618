"""The caption of a drawing: what a text encoder would be given for it."""

from mini4o.conversation.parts import Conversation, ImageGen, Text, trained


def caption_of(conversation: Conversation) -> str | None:
    """The words that the one drawing of a conversation was asked for with.

    None if there is no such thing: several drawings or turns of the user, a drawing that comes first, starts from a
    picture or teaches nothing, a picture in the request, or no words.
    """
    asked = [(turn, message) for turn, message in enumerate(conversation) if message.role == "user"]
    drawn = [
        (turn, message.role, part)
        for turn, message in enumerate(conversation)
        for part in message.content
        if isinstance(part, ImageGen)
    ]
    if len(asked) != 1 or len(drawn) != 1:
        return None
    (asks, request), (draws, role, drawing) = asked[0], drawn[0]
    if asks >= draws or role != "assistant" or drawing.source or drawing.image is None or not trained(role, drawing):
        return None
    words = [part.text for part in request.content if isinstance(part, Text)]
    return "".join(words) if len(words) == len(request.content) and any(map(str.strip, words)) else None
