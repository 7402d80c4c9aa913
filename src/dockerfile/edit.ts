import type { Dockerfile, Instruction, Pair } from './instructions.ts';
import type { Range } from './range.ts';

/** Replaces a range of the original file by a text. An empty range inserts. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
}

/** The line ending used around an offset: what an inserted line must end with. */
export function lineEndingAt(text: string, offset: number): string {
  const next = text.indexOf('\n', offset);
  const newline = next === -1 ? text.lastIndexOf('\n', offset) : next;
  return newline > 0 && text[newline - 1] === '\r' ? '\r\n' : '\n';
}

/** Whether an edit of that range would take a comment away. */
export function hasComment(file: Dockerfile, range: Range): boolean {
  return file.comments.some((comment) => comment.range.start < range.end && range.start < comment.range.end);
}

/** Puts a text in the place of a range; undefined where a comment stands between the lines of it. */
export function replaceRange(file: Dockerfile, range: Range, text: string): Edit | undefined {
  return hasComment(file, range) ? undefined : { range, text };
}

/** Takes an instruction out with its lines; undefined where a comment stands between them, or its first line is a bare mark. */
export function removeInstruction(file: Dockerfile, instruction: Instruction): Edit | undefined {
  const range = wholeLines(file.text, instruction.range);
  const startsAbove = file.text.slice(0, range.start).trimEnd().endsWith(file.escape);
  if (startsAbove || hasComment(file, range)) return undefined;
  // Of two blank lines around it one is enough.
  const isApart = /(?:^|\n)[ \t]*\r?\n$/.test(file.text.slice(0, range.start));
  const blank = isApart ? (/^[ \t]*\r?\n/.exec(file.text.slice(range.end))?.[0].length ?? 0) : 0;
  return { range: { start: range.start, end: range.end + blank }, text: '' };
}

/** The lines a range touches, with the line ending behind them; before them for the last line of a file without one. */
export function wholeLines(text: string, { start, end }: Range): Range {
  const newline = text.indexOf('\n', end);
  let from = text.lastIndexOf('\n', start - 1) + 1;
  if (newline !== -1) return { start: from, end: newline + 1 };
  while (from > 0 && /[\r\n]/.test(text[from - 1] ?? '')) from--;
  return { start: from, end: text.length };
}

/**
 * Puts instructions on lines of their own before or behind one. Undefined before an instruction whose first line a bare
 * continuation mark of the line above belongs to.
 */
export function insertLines(
  file: Dockerfile,
  instruction: Instruction,
  place: 'before' | 'after',
  lines: readonly string[],
): Edit | undefined {
  const newline = lineEndingAt(file.text, instruction.range.start);
  if (place === 'after') {
    const at = instruction.range.end;
    // The last character of a heredoc is the line end behind its terminator.
    const separator = file.text[at - 1] === '\n' ? '' : newline;
    const text = lines.join(newline);
    return { range: { start: at, end: at }, text: separator === '' ? `${text}${newline}` : `${separator}${text}` };
  }
  const start = file.text.lastIndexOf('\n', instruction.range.start - 1) + 1;
  if (file.text.slice(start, instruction.range.start).trim() !== '') return undefined;
  if (file.text.slice(0, start).trimEnd().endsWith(file.escape)) return undefined;
  return { range: { start, end: start }, text: lines.map((line) => `${line}${newline}`).join('') };
}

/** As `insertLines` before an instruction, but above the comments that stand right above it and speak of it. */
export function insertAbove(file: Dockerfile, instruction: Instruction, lines: readonly string[]): Edit | undefined {
  const edit = insertLines(file, instruction, 'before', lines);
  if (edit === undefined) return undefined;
  let { start } = edit.range;
  for (;;) {
    const above = file.comments.find(({ range, inside }) => !inside && wholeLines(file.text, range).end === start);
    if (above === undefined) {
      // Set apart as what stands there is.
      const isApart = /(?:^|\n)[ \t]*\r?\n$/.test(file.text.slice(0, start));
      const text = isApart ? `${edit.text}${lineEndingAt(file.text, start)}` : edit.text;
      return { range: { start, end: start }, text };
    }
    start = wholeLines(file.text, above.range).start;
  }
}

/** Takes several `name=value` out of an ENV; the whole instruction where they are all of it. */
export function removePairs(file: Dockerfile, instruction: Instruction, pairs: readonly Pair[]): (Edit | undefined)[] {
  const kept = instruction.pairs.filter((pair) => !pairs.includes(pair));
  const [first] = kept;
  if (first === undefined) return [removeInstruction(file, instruction)];
  const head = pairs.filter((pair) => pair.range.start < first.range.start);
  const start = head[0]?.range.start;
  const cut = start === undefined ? undefined : { start, end: first.range.start };
  return [
    ...(cut === undefined ? [] : [hasComment(file, cut) ? undefined : { range: cut, text: '' }]),
    ...pairs.filter((pair) => !head.includes(pair)).map((pair) => removePair(file, instruction, pair)),
  ];
}

/**
 * Takes one `name=value` out of an ENV with the blanks or the continuation before it; the whole instruction where it is the
 * only one. Undefined where a comment would go too.
 */
export function removePair(file: Dockerfile, instruction: Instruction, pair: Pair): Edit | undefined {
  if (instruction.pairs.length === 1) return removeInstruction(file, instruction);
  const index = instruction.pairs.indexOf(pair);
  const previous = instruction.pairs[index - 1];
  const next = instruction.pairs[index + 1];
  const range =
    previous !== undefined
      ? { start: previous.range.end, end: pair.range.end }
      : { start: pair.range.start, end: next?.range.start ?? pair.range.end };
  return hasComment(file, range) ? undefined : { range, text: '' };
}

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { range, text: replacement } of edits.toSorted(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
  )) {
    result += text.slice(at, range.start) + replacement;
    at = range.end;
  }
  return result + text.slice(at);
}
