"""From cleaned paragraphs to a title block and a tree of numbered parts."""

from content.articles.mend import clean
from content.articles.model import ParsedPolicy
from content.articles.numbered_parts import Structure
from content.articles.title_block import closing_starts, effective, title_block


def parse(text: str) -> ParsedPolicy:
    """Take a policy text apart. Total: any text gives a result, and the report says how sure it is.

    Anchors: 第N编 ``bN``, 第N章 ``cN``, 第N节 ``cN-sM``, 第N条 ``aN`` (第N条之M ``aN-zM``); the second and
    later paragraphs of an article ``aN-kM``, its 项 ``aN-iM``; 一、 ``pN``; （一） ``iN`` where the numbers run
    on through the whole text, else ``pN-iM``; 1. ``<parent>-nK``; (1) ``<parent>-mK``; what stands before
    the first number ``preamble``; 附件 ``xN``.
    """
    blocks, remarks = clean(text)
    head, start = title_block(blocks, remarks)
    end = closing_starts(blocks, start)
    nodes = Structure(blocks[start:end], remarks).nodes()
    whole = "\n".join(block.text for block in blocks)
    effective_on = head.effective_on or effective(whole, head.issued_on)
    return ParsedPolicy(
        title=head.title,
        notice_title=head.notice_title,
        issuer=head.issuer,
        banner=head.banner,
        number=head.number,
        serial=head.serial,
        issued_on=head.issued_on,
        passed_on=head.passed_on,
        effective_on=effective_on,
        mark=head.mark,
        notice=tuple(head.notice),
        nodes=tuple(nodes),
        closing=tuple(block.text for block in blocks[end:]),
        report=tuple(sorted(remarks, key=lambda remark: remark.line)),
        blocks=tuple(block.text for block in blocks),
    )
