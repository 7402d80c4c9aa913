import { contains } from '../../src/dockerfile/range.ts';
import { defineRule } from '../../src/engine/rule.ts';

/** How other tools begin what silences them, behind our name. */
const ATTEMPT = /^plimsoll\s*[:=]?\s*(?:ignore|disable|skip|noqa|nolint|suppress|off)\b/i;
/** One at the end of a line, which is a part of the instruction; not in quotes, where it is text for another file. */
const BEHIND = /^[^\n"']*(?:(?:"[^"\n]*"|'[^'\n]*')[^\n"']*)*?\s(#\s*plimsoll\s*:\s*ignore[^\n]*)/gim;

export default defineRule({
  *dockerfile(file) {
    if (!/plimsoll/i.test(file.text)) return;
    for (const { text, range } of file.comments)
      if (ATTEMPT.test(text) && !file.suppressions.some((one) => one.range.start === range.start))
        yield { at: range, data: { text: text.trim() } };
    for (const { range, heredocs } of file.instructions) {
      // What a here-document holds is another text.
      const end = heredocs.length === 0 ? range.end : file.text.indexOf('\n', range.start);
      for (const { 0: line, 1: text = '', index } of file.text.slice(range.start, end).matchAll(BEHIND)) {
        const start = range.start + index + line.length - text.length;
        const at = { start, end: start + text.trimEnd().length };
        if (!file.comments.some((comment) => contains(comment.range, at))) yield { at, message: 'behind' };
      }
    }
  },
});
