"""Enough of C++'s lexical structure for the checks in this folder: comments, literals, and nothing more."""
import re

_TOKEN = re.compile(
    r"""(?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
      | (?P<raw> \bR"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)" )
      | (?P<string> "(?:\\.|[^"\\\n])*" )
      | (?P<char> (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+' )  # not the ' of 100'000""",
    re.DOTALL | re.VERBOSE)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text, keep_literals=True):
    """The text with comments (and the insides of literals, unless kept) blanked out. Lines and columns stay."""
    def replace(match):
        token = match[0]
        if match["comment"]:
            return _blank(token)
        return token if keep_literals else token[0] + _blank(token[1:-1]) + token[-1]
    return _TOKEN.sub(replace, text)


def includes(text):
    """Yields (line number, name, is_quoted) of every #include."""
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[2], match[1] == '"'
