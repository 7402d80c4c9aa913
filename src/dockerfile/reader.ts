import { heredocsOfLine } from './heredoc.ts';
import type { Comment, Directive, Dockerfile, Heredoc, Instruction, Problem } from './instructions.ts';
import { skipSpace } from './lexer.ts';
import { checkInstructions, type LogicalLine, parseInstruction } from './parse-instruction.ts';
import { SliceMapBuilder } from './slice-map.ts';

/** One line of the file: `end` is before its line ending, `next` behind it. */
interface PhysicalLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/**
 * Reads a Dockerfile as BuildKit's parser does (measured against its recorded results, `npm run conformance`), with exact
 * ranges. Never throws: what BuildKit refuses becomes a problem and the rest of the file is still read.
 */
export function readDockerfile(text: string): Dockerfile {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  readonly #lines: readonly PhysicalLine[];
  readonly #directives: Directive[] = [];
  readonly #comments: Comment[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #problems: Problem[] = [];
  #escape = '\\';
  #directivesDone = false;
  /** Index of the next line to read. */
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lines = physicalLines(text);
  }

  read(): Dockerfile {
    while (this.#next < this.#lines.length) this.#readLogicalLine();
    if (this.#instructions.length === 0) {
      const at = { start: 0, end: 0 };
      this.#problem('no-instructions', 'the file has no instructions', at);
    }
    this.#problems.push(...checkInstructions(this.#instructions, this.#directives));
    return {
      text: this.#text,
      escape: this.#escape,
      directives: this.#directives,
      comments: this.#comments,
      instructions: this.#instructions,
      problems: this.#problems.sort((a, b) => a.range.start - b.range.start),
    };
  }

  #problem(code: Problem['code'], message: string, range: Problem['range']): void {
    this.#problems.push({ kind: 'syntax', code, message, range });
  }

  #readLogicalLine(): void {
    const startLine = this.#next;
    const line = this.#lines[this.#next++];
    if (line === undefined) return;
    const start = skipSpace(this.#text, line.start, line.end);
    this.#readDirective(start, line.end, startLine);
    if (this.#readComment(line, startLine, false)) return;
    if (start === line.end) return;

    const builder = new SliceMapBuilder();
    let end = this.#pushLine(builder, start, line.end);
    while (end === undefined && this.#next < this.#lines.length) {
      const index = this.#next;
      const more = this.#lines[this.#next++];
      if (more === undefined) break;
      if (this.#readComment(more, index, true)) continue;
      if (skipSpace(this.#text, more.start, more.end) === more.end) continue;
      end = this.#pushLine(builder, more.start, more.end);
    }
    const logical: LogicalLine = { map: builder.build(), startLine: startLine + 1, escape: this.#escape };
    const parsed = parseInstruction(logical, this.#problems);
    const heredocs = this.#readHeredocs(parsed);
    const lastLine = heredocs.length > 0 ? this.#lines[this.#next - 1] : this.#lastWithText(startLine, this.#next - 1);
    this.#instructions.push({
      ...parsed,
      heredocs,
      range: { start: parsed.name.range.start, end: lastLine?.end ?? parsed.name.range.end },
      endLine: this.#next,
    });
  }

  /** The last line that is neither blank nor a comment: BuildKit's end line counts those, an edit must not. */
  #lastWithText(first: number, last: number): PhysicalLine | undefined {
    for (let index = last; index > first; index--) {
      const line = this.#lines[index];
      if (line === undefined) continue;
      const start = skipSpace(this.#text, line.start, line.end);
      if (start < line.end && this.#text[start] !== '#') return line;
    }
    return this.#lines[first];
  }

  /** Adds a line's text without its continuation mark. Returns the end of the line where the instruction ends with it. */
  #pushLine(builder: SliceMapBuilder, start: number, end: number): number | undefined {
    const mark = continuationMark(this.#text, start, end, this.#escape);
    builder.push(this.#text.slice(start, mark ?? end), start);
    return mark === undefined ? end : undefined;
  }

  #readComment(line: PhysicalLine, index: number, inside: boolean): boolean {
    const start = skipSpace(this.#text, line.start, line.end);
    if (start >= line.end || this.#text[start] !== '#') return false;
    const text = this.#text.slice(start + 1, line.end).trim();
    this.#comments.push({ text, range: { start, end: line.end }, line: index + 1, inside });
    return true;
  }

  /** Directives stand above everything else, one of each; the first other line ends them, a blank one too. */
  #readDirective(start: number, end: number, index: number): void {
    if (this.#directivesDone) return;
    const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(this.#text.slice(start, end));
    const name = match?.[1]?.toLowerCase() ?? '';
    const value = match?.[2] ?? '';
    if (!['syntax', 'escape', 'check'].includes(name)) {
      this.#directivesDone = true;
      return;
    }
    const range = { start, end };
    if (this.#directives.some((directive) => directive.name === name)) {
      this.#problem(
        'directive-repeated',
        `the directive "${name}" stands here a second time; only one is allowed`,
        range,
      );
      return;
    }
    this.#directives.push({ name, value, range });
    if (name !== 'escape') return;
    if (value === '\\' || value === '`') this.#escape = value;
    else
      this.#problem(
        'directive-invalid',
        `"escape" must be \\ or \`, not ${JSON.stringify(value)} (line ${index + 1})`,
        range,
      );
  }

  /** Reads the bodies below an ADD, COPY or RUN. Without its terminator a heredoc is reported and not consumed. */
  #readHeredocs(instruction: Instruction): Heredoc[] {
    const carrier = instruction.keyword === 'ONBUILD' ? instruction.trigger : instruction;
    if (carrier?.keyword === undefined || !['ADD', 'COPY', 'RUN'].includes(carrier.keyword) || carrier.json) return [];
    const line = instruction.logical.text;
    if (!line.includes('<<')) return [];
    const words = heredocsOfLine(line);
    if ('error' in words) {
      this.#problem(
        'heredoc-invalid',
        `the heredoc's delimiter cannot be read: ${words.error}`,
        instruction.name.range,
      );
      return [];
    }
    const before = this.#next;
    const heredocs: Heredoc[] = [];
    for (const word of words) {
      const operator = instruction.logical.range(word.start, word.end);
      const body = this.#readBody(word.name, word.chomp);
      if (body === undefined) {
        this.#next = before;
        this.#problem('heredoc-unterminated', `the heredoc has no line "${word.name}" to end it`, operator);
        return [];
      }
      heredocs.push({ name: word.name, chomp: word.chomp, expands: word.expands, operator, body: body.build() });
    }
    return heredocs;
  }

  #readBody(name: string, chomp: boolean): SliceMapBuilder | undefined {
    const body = new SliceMapBuilder();
    body.push('', this.#lines[this.#next]?.start ?? this.#text.length);
    while (this.#next < this.#lines.length) {
      const line = this.#lines[this.#next++];
      if (line === undefined) break;
      let start = line.start;
      if (chomp) while (this.#text[start] === '\t') start++;
      if (this.#text.slice(start, line.end) === name) return body;
      body.push(this.#text.slice(line.start, line.next), line.start);
    }
    return undefined;
  }
}

/** Lines end at `\n`; carriage returns before it belong to the line ending. A byte order mark is left out. */
function physicalLines(text: string): PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  let start = text.startsWith('\ufeff') ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    let end = newline === -1 ? text.length : newline;
    while (end > start && text[end - 1] === '\r') end--;
    lines.push({ start, end, next });
    start = next;
  }
  return lines;
}

/** Offset of the escape character that continues the line; an escaped escape character does not continue it. */
function continuationMark(text: string, start: number, end: number, escape: string): number | undefined {
  let at = end;
  while (at > start && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  if (at === start || text[at - 1] !== escape) return undefined;
  if (at - 1 > start && text[at - 2] === escape) return undefined;
  return at - 1;
}
