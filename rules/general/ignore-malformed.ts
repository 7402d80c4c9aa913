import { contains } from '../../src/dockerfile/range.ts';
import { defineRule } from '../../src/engine/rule.ts';

/** How other tools begin what silences them, behind our name. */
const ATTEMPT = /^plimsoll\s*[:=]?\s*(?:ignore|disable|skip|noqa|nolint|suppress|off)\b/i;
/** One at the end of a line, which is a part of the instruction. */
const BEHIND = /#\s*plimsoll\s*:\s*ignore[^\n]*/gi;

export default defineRule({
  *dockerfile(file) {
    for (const { text, range } of file.comments)
      if (ATTEMPT.test(text) && !file.suppressions.some((one) => one.range.start === range.start))
        yield { at: range, data: { text: text.trim() } };
    for (const { range } of file.instructions)
      for (const { 0: text, index } of file.text.slice(range.start, range.end).matchAll(BEHIND)) {
        const at = { start: range.start + index, end: range.start + index + text.trimEnd().length };
        if (!file.comments.some((comment) => contains(comment.range, at))) yield { at, message: 'behind' };
      }
  },
});
