import { type Edit, hasComment, lineEndingAt, removeInstruction, wholeLines } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { contains, type Range } from '../dockerfile/range.ts';
import type { Step } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellScript, ShellWord } from './script.ts';

/**
 * Takes a command out of its list with one connector; the whole instruction where nothing else stands in it. What is left
 * runs as before: only `&&`, `;` and line ends are taken, and only where the neighbours' order of success stays the same.
 * Undefined where that cannot be done by cutting, or a comment would go too.
 */
export function removeCommand(file: Dockerfile, step: Step, command: ShellCommand): Edit | undefined {
  const { place } = command;
  if (place === undefined || command.within.includes('nested-shell') || step.onbuild) return undefined;
  const { before, after, previousEnd, nextStart } = place;
  if (previousEnd === undefined && nextStart === undefined)
    return place.isTopLevel ? removeInstruction(file, step.instruction) : undefined;
  if (
    ![before, after].every(
      (connector) => connector === undefined || ['first', '&&', ';', 'newline'].includes(connector),
    )
  )
    return undefined;
  // The last command's exit status is the RUN's: behind `;` another one would take its place.
  if (after === undefined && (before === ';' || before === 'newline')) return undefined;
  const line = removeLine(file.text, command.range, before, after);
  if (line !== undefined && !hasComment(file, line)) return { range: line, text: '' };
  const candidates: Range[] = [];
  // `a && X ; b`: the connector before goes, so that b still runs whatever a says; else the one behind.
  const forward = nextStart === undefined ? undefined : { start: command.range.start, end: nextStart };
  const backward = previousEnd === undefined ? undefined : { start: previousEnd, end: command.range.end };
  if (forward !== undefined && (after === '&&' || before === 'first' || before === after)) candidates.push(forward);
  if (backward !== undefined) candidates.push(backward);
  const range = candidates.find(
    (candidate) => !hasComment(file, candidate) && !hasShellComment(file.text, candidate, command.range),
  );
  return range && { range, text: '' };
}

/** A comment of the shell's own, in a heredoc: the Dockerfile does not know it as one. */
function hasShellComment(text: string, cut: Range, command: Range): boolean {
  return /(?:^|\s)#/.test(`${text.slice(cut.start, command.start)} ${text.slice(command.end, cut.end)}`);
}

/** The command's lines, where it fills them but for one connector and a continuation mark. */
function removeLine(text: string, range: Range, before: string, after: string | undefined): Range | undefined {
  const lines = wholeLines(text, range);
  const head = text.slice(lines.start, range.start).trim();
  const tail = text.slice(range.end, lines.end).trim().replace(/\\$/, '').trim();
  // The last command's line: the continuation mark above would be left over.
  if (after === undefined) return undefined;
  if (head !== '' && tail !== '') return undefined;
  if (head !== '' && (head !== before || before === 'newline')) return undefined;
  if (tail !== '' && tail !== after) return undefined;
  if (head === '' && tail === '' && !(before === 'newline' || after === 'newline')) return undefined;
  // `a && \ X ; \ b` would become `a && b`.
  if (tail !== '' && tail !== before && before !== 'first' && !(tail === '&&' && before === ';')) return undefined;
  return before === 'first' && head === '' && tail === '' && after !== 'newline' ? undefined : lines;
}

/**
 * Puts commands before one of a list, each to succeed before the next runs; on lines of their own where the list has one for
 * each. Undefined where it does not simply follow what stands before it.
 */
export function insertCommands(file: Dockerfile, command: ShellCommand, commands: readonly string[]): Edit | undefined {
  const { place, range, shell } = command;
  const isInList = place !== undefined && ['first', '&&', ';', 'newline'].includes(place.before);
  if (!isInList || shell === 'exec') return undefined;
  const { text, escape } = file;
  const newline = lineEndingAt(text, range.start);
  const head = text.slice(text.lastIndexOf('\n', range.start - 1) + 1, range.start);
  // Under `set -e` a failure counts in a list of `;`, and is passed over in one of `&&`.
  const joint = place.before === ';' ? ';' : ' &&';
  const broken = `${escape}${newline}`;
  let separator = `${joint} `;
  if (place.before === 'newline' && head.trim() === '') separator = `${newline}${head}`;
  else if (head.trim() === '&&') separator = ` ${broken}${head}`;
  else if (/^[ \t]+$/.test(head) && place.before !== 'first') separator = `${joint} ${broken}${head}`;
  else if (commands.length > 1 && !command.within.includes('nested-shell'))
    separator = place.before === ';' ? `; ${broken} ` : ` ${broken} && `;
  return {
    range: { start: range.start, end: range.start },
    text: commands.map((one) => `${one}${separator}`).join(''),
  };
}

/** Takes a word out of its command with the blanks or the continuation before it. */
export function removeWord(file: Dockerfile, command: ShellCommand, word: ShellWord): Edit | undefined {
  if (!word.isWhole || command.shell === 'exec') return undefined;
  return cutBefore(file, word.range);
}

/** Takes `NAME=value` before a command out, with the blanks behind it. */
export function removeAssignment(file: Dockerfile, range: Range): Edit | undefined {
  let end = range.end;
  while (file.text[end] === ' ' || file.text[end] === '\t') end++;
  return { range: { start: range.start, end }, text: '' };
}

function cutBefore(file: Dockerfile, { start, end }: Range): Edit | undefined {
  const { text, escape } = file;
  let from = start;
  const isFollowed = !/^[ \t]*(?:.?[ \t]*\r?(?:\n|$)|["'&;|)])/.test(text.slice(end));
  for (;;) {
    while (from > 0 && /[ \t]/.test(text[from - 1] ?? '')) from--;
    if (text[from - 1] !== '\n') break;
    // The first word of its line: the continuation mark above goes too. Where a comment or a blank line stands between, it
    // would be left over and swallow what follows.
    const above = text.slice(0, from).trimEnd();
    const between = text.slice(above.length, from);
    if (isFollowed || !above.endsWith(escape) || between.split('\n').length !== 2)
      return cutForward(file, { start, end });
    from = above.length - 1;
  }
  const range = { start: from, end };
  if (from === start || hasComment(file, range)) return undefined;
  return { range, text: '' };
}

/** The first word of its line: with the blanks behind it, or its line where nothing else stands on it. */
function cutForward({ text, escape }: Dockerfile, { start, end }: Range): Edit | undefined {
  const lines = wholeLines(text, { start, end });
  const rest = text.slice(end, lines.end);
  const blanks = /^[ \t]*/.exec(rest)?.[0].length ?? 0;
  const isAlone = rest.trim() === escape;
  if (rest.trim() === '') return undefined;
  return { range: isAlone ? lines : { start, end: end + blanks }, text: '' };
}

/** Puts an option behind a word of shell text. Exec form has no blanks to put it between. */
export function insertAfter(command: ShellCommand, word: ShellWord, option: string): Edit | undefined {
  if (!word.isWhole || command.shell === 'exec') return undefined;
  return { range: { start: word.range.end, end: word.range.end }, text: ` ${option}` };
}

/** Puts other text in the place of a word, its quotes included; undefined where the word is not in one piece. */
export function replaceWord(word: ShellWord, text: string): Edit | undefined {
  return word.isWhole ? { range: word.range, text } : undefined;
}

/**
 * Puts a command behind the last one of a RUN in shell form, to run where that has succeeded; on a line of its own where the
 * list has one for each. Undefined for exec form, where the last command stands in a construct or the background or ends the
 * shell, and where the text does not parse.
 */
export function appendCommand(file: Dockerfile, step: Step, script: ShellScript, command: string): Edit | undefined {
  const { instruction } = step;
  if (script.problems.length > 0 || instruction.json || step.onbuild) return undefined;
  const own = script.commands.filter(
    ({ within }) => !within.includes('nested-shell') && !within.includes('substitution'),
  );
  const last = own.findLast(({ range }) => own.every((other) => other.range.end <= range.end));
  if (last === undefined || !last.place?.isTopLevel || last.place.after !== undefined) return undefined;
  if (/^(?:exit|return)$/.test(last.program) || last.wrappers.some(({ name }) => name === 'exec')) return undefined;
  // Behind the operator of a here-document stands its body.
  if (script.commands.some(({ redirects }) => redirects.some(({ body }) => body !== undefined))) return undefined;
  const { text, escape } = file;
  const { end } = last.range;
  // `${ cmd` that is not closed takes in what is put behind it, and the parser does not tell.
  if (/\$\{[\s|][^}]*$/.test(text.slice(last.range.start, end))) return undefined;
  const newline = lineEndingAt(text, end);
  const head = text.slice(text.lastIndexOf('\n', last.range.start - 1) + 1, last.range.start);
  const [heredoc] = instruction.heredocs;
  if (heredoc !== undefined) {
    if (!contains(heredoc.body.range(0, heredoc.body.text.length), last.range)) return undefined;
    if (/\S/.test(text.slice(end, text.indexOf('\n', end)))) return undefined;
    // Without `set -e` the last command's status is the RUN's: it has to count.
    const [first] = script.commands;
    const stopsAtErrors = first?.program === 'set' && first.words.some(({ value }) => /^-\w*e/.test(value));
    const isOnItsOwn = stopsAtErrors && head.trim() === '';
    return { range: { start: end, end }, text: isOnItsOwn ? `${newline}${head}${command}` : ` && ${command}` };
  }
  if (text.slice(end, instruction.range.end).trim() !== '') return undefined;
  if (head.trim() === '&&') return { range: { start: end, end }, text: ` ${escape}${newline}${head}${command}` };
  const isBelow = /^[ \t]+$/.test(head) && last.place.before === '&&';
  return {
    range: { start: end, end },
    text: isBelow ? ` && ${escape}${newline}${head}${command}` : ` && ${command}`,
  };
}
