import { parseHeredocWord } from './heredoc.ts';
import {
  type Directive,
  type Flag,
  type Instruction,
  KEYWORDS,
  type Keyword,
  type Pair,
  type Problem,
  type Token,
} from './instructions.ts';
import {
  isSpace,
  type Lexeme,
  parseJsonStrings,
  skipSpace,
  splitBlanks,
  splitFlags,
  splitWords,
  trimEnd,
} from './lexer.ts';
import type { SliceMap } from './slice-map.ts';

/** A logical line before its instruction is known. */
export interface LogicalLine {
  readonly map: SliceMap;
  /** 1-based. */
  readonly startLine: number;
  readonly escape: string;
}

const NO_ARGUMENTS = {
  json: false,
  args: [] as readonly Token[],
  strings: [] as readonly SliceMap[],
  pairs: [] as readonly Pair[],
  spaceSeparated: false,
  trigger: undefined as Instruction | undefined,
};

type Arguments = typeof NO_ARGUMENTS;

const MAX_TRIGGERS = 8;

/**
 * Splits a logical line into keyword, flags and arguments, each keyword by its own grammar (BuildKit's line parsers).
 * Problems are added to `problems`; the instruction is returned all the same. Heredocs and the end are not known here.
 */
export function parseInstruction(line: LogicalLine, problems: Problem[], from = 0, depth = 0): Instruction {
  const { map } = line;
  const text = map.text;
  const start = skipSpace(text, from, text.length);
  const end = trimEnd(text, start, text.length);
  let nameEnd = start;
  while (nameEnd < end && !/[\t\v\f\r ]/.test(text[nameEnd] ?? '')) nameEnd++;
  const name = token(map, { text: text.slice(start, nameEnd), start, end: nameEnd });
  const upper = name.text.toUpperCase();
  const keyword = KEYWORDS.find((known) => known === upper);

  const { flags, rest } = splitFlags(text, nameEnd, end);
  const argumentStart = skipSpace(text, rest, end);
  const argument = token(map, { text: text.slice(argumentStart, end), start: argumentStart, end });
  const parsed = parseArguments(keyword, line, argument, problems, depth);
  return {
    keyword,
    name,
    range: map.range(start, end),
    startLine: line.startLine,
    endLine: line.startLine,
    logical: map,
    flags: flags.map((flag) => parseFlag(map, flag)),
    argument,
    heredocs: [],
    ...parsed,
  };
}

function token(map: SliceMap, lexeme: Lexeme): Token {
  return { ...lexeme, range: map.range(lexeme.start, lexeme.end) };
}

function parseFlag(map: SliceMap, lexeme: Lexeme): Flag {
  const equals = lexeme.text.indexOf('=');
  const name = lexeme.text.slice(2, equals === -1 ? undefined : equals);
  return { ...token(map, lexeme), name, value: equals === -1 ? '' : lexeme.text.slice(equals + 1) };
}

function parseArguments(
  keyword: Keyword | undefined,
  line: LogicalLine,
  argument: Token,
  problems: Problem[],
  depth: number,
): Arguments {
  const { map } = line;
  const { start, end } = argument;
  const rest = start < end ? [argument] : [];
  const words = () => (start < end ? splitBlanks(map.text, start, end).map((word) => token(map, word)) : []);
  switch (keyword) {
    case 'ENV':
    case 'LABEL':
      return parsePairs(keyword, line, argument, problems);
    case 'ARG': {
      const pairs = splitWords(map.text, start, end, line.escape).map((word) => splitPair(map, word));
      return { ...NO_ARGUMENTS, pairs };
    }
    case 'ADD':
    case 'COPY':
    case 'VOLUME':
      return parseMaybeJson(map, start, end, problems, words);
    case 'CMD':
    case 'ENTRYPOINT':
    case 'RUN':
    case 'SHELL':
      return parseMaybeJson(map, start, end, problems, () => rest);
    case 'HEALTHCHECK': {
      let typeEnd = start;
      while (typeEnd < end && !isSpace(map.text[typeEnd] ?? '')) typeEnd++;
      if (typeEnd === start) return NO_ARGUMENTS;
      const type = token(map, { text: map.text.slice(start, typeEnd), start, end: typeEnd });
      const commandStart = skipSpace(map.text, typeEnd, end);
      const command = token(map, { text: map.text.slice(commandStart, end), start: commandStart, end });
      const parsed = parseMaybeJson(map, commandStart, end, problems, () => (command.text === '' ? [] : [command]));
      return { ...parsed, args: [type, ...parsed.args] };
    }
    case 'EXPOSE':
    case 'FROM':
      return { ...NO_ARGUMENTS, args: words() };
    case 'MAINTAINER':
    case 'STOPSIGNAL':
    case 'USER':
    case 'WORKDIR':
      return { ...NO_ARGUMENTS, args: rest };
    case 'ONBUILD':
      // One ONBUILD inside another is refused by BuildKit; a chain of them is not followed to its end.
      if (start >= end || depth >= MAX_TRIGGERS) return NO_ARGUMENTS;
      return { ...NO_ARGUMENTS, trigger: parseInstruction(line, problems, start, depth + 1) };
    case undefined:
      return NO_ARGUMENTS;
  }
}

function parseMaybeJson(
  map: SliceMap,
  start: number,
  end: number,
  problems: Problem[],
  plain: () => Token[],
): Arguments {
  const strings = parseJsonStrings(map, start, end);
  if (strings === 'mixed') {
    const message = 'a JSON array here may hold strings only';
    problems.push({ kind: 'syntax', code: 'json-not-strings', message, range: map.range(start, end) });
    return NO_ARGUMENTS;
  }
  if (strings === 'not-json') return { ...NO_ARGUMENTS, args: plain() };
  return {
    ...NO_ARGUMENTS,
    json: true,
    args: strings.map((s) => token(map, { text: s.map.text, start: s.start, end: s.end })),
    strings: strings.map((s) => s.map),
  };
}

/** ENV and LABEL: `key=value …`, or the old `key value` where the first word has no equals sign. */
function parsePairs(keyword: 'ENV' | 'LABEL', line: LogicalLine, argument: Token, problems: Problem[]): Arguments {
  const { map } = line;
  const { start, end } = argument;
  const words = splitWords(map.text, start, end, line.escape);
  const first = words[0];
  if (first === undefined) return NO_ARGUMENTS;
  if (!first.text.includes('=')) {
    const gap = /[\t\v\f\r ]+/g;
    gap.lastIndex = start;
    const match = gap.exec(map.text);
    if (match === null || match.index >= end) {
      const message = `${keyword} needs a name and a value`;
      problems.push({ kind: 'syntax', code: 'value-missing', message, range: argument.range });
      return NO_ARGUMENTS;
    }
    const key = token(map, { text: map.text.slice(start, match.index), start, end: match.index });
    const value = token(map, { text: map.text.slice(gap.lastIndex, end), start: gap.lastIndex, end });
    return { ...NO_ARGUMENTS, pairs: [{ key, value, range: argument.range }], spaceSeparated: true };
  }
  const pairs: Pair[] = [];
  for (const word of words) {
    if (!word.text.includes('=')) {
      const message = `"${word.text}" has no "=": ${keyword} takes name=value`;
      problems.push({ kind: 'syntax', code: 'equals-missing', message, range: map.range(word.start, word.end) });
      return NO_ARGUMENTS;
    }
    pairs.push(splitPair(map, word));
  }
  return { ...NO_ARGUMENTS, pairs };
}

function splitPair(map: SliceMap, word: Lexeme): Pair {
  const range = map.range(word.start, word.end);
  const equals = word.text.indexOf('=');
  if (equals === -1) return { key: token(map, word), value: undefined, range };
  // The text of a word is the source's, but for an escape at its very end: offsets can be counted in it.
  const split = word.start + equals;
  return {
    key: token(map, { text: word.text.slice(0, equals), start: word.start, end: split }),
    value: token(map, { text: word.text.slice(equals + 1), start: split + 1, end: word.end }),
    range,
  };
}

/** Flags that BuildKit's stable and labs frontends know, docs.docker.com/reference/dockerfile. */
const FLAGS: Partial<Record<Keyword, readonly string[]>> = {
  ADD: ['chown', 'chmod', 'link', 'keep-git-dir', 'checksum', 'exclude', 'unpack'],
  COPY: ['chown', 'chmod', 'link', 'from', 'parents', 'exclude'],
  FROM: ['platform'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
  RUN: ['mount', 'network', 'security', 'device'],
};

/** What BuildKit refuses when it reads the instructions themselves: unknown words, missing arguments, unknown flags. */
export function checkInstructions(instructions: readonly Instruction[], directives: readonly Directive[]): Problem[] {
  const problems: Problem[] = [];
  // Another frontend may know more flags.
  const syntax = directives.find((directive) => directive.name === 'syntax')?.value ?? 'docker/dockerfile:1';
  const ownFrontend = !/^(docker\.io\/)?docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax);
  let stages = 0;
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') stages++;
    const report = (code: Problem['code'], message: string, range = instruction.name.range) =>
      problems.push({ kind: 'instruction', code, message, range });
    if (instruction.keyword === undefined) {
      report('unknown-instruction', `"${instruction.name.text}" is no Dockerfile instruction`);
      continue;
    }
    if (stages === 0 && instruction.keyword !== 'ARG')
      report('before-from', `${instruction.keyword} stands before the first FROM`);
    checkArguments(instruction, report);
    if (!ownFrontend) checkFlags(instruction, report);
  }
  return problems;
}

type Report = (code: Problem['code'], message: string, range?: Problem['range']) => void;

function checkFlags(instruction: Instruction, report: Report): void {
  const known = FLAGS[instruction.keyword as Keyword] ?? [];
  for (const flag of instruction.flags) {
    if (!known.includes(flag.name))
      report('unknown-flag', `${instruction.keyword} has no flag --${flag.name}`, flag.range);
  }
}

function checkArguments(instruction: Instruction, report: Report): void {
  const { keyword, args, argument } = instruction;
  switch (keyword) {
    case 'FROM': {
      const stageName = args[2]?.text.toLowerCase();
      if (args.length !== 1 && !(args.length === 3 && args[1]?.text.toLowerCase() === 'as')) {
        report('arguments', 'FROM takes an image, or an image AS a name');
      } else if (stageName !== undefined && !/^[a-z][a-z0-9\-_.]*$/.test(stageName)) {
        report(
          'arguments',
          `"${args[2]?.text}" cannot name a stage: a letter first, then letters, digits, "-", "_", "."`,
          args[2]?.range,
        );
      }
      return;
    }
    case 'ADD':
    case 'COPY':
      if (args.length < 2) report('arguments', `${keyword} needs a source and a destination`);
      else {
        const last = args.at(-1) as Token;
        const heredoc = instruction.json ? undefined : parseHeredocWord(last);
        if (heredoc !== undefined) report('arguments', 'a heredoc cannot be the destination', last.range);
      }
      return;
    case 'ONBUILD': {
      const trigger = instruction.trigger?.keyword;
      if (instruction.trigger === undefined) report('arguments', 'ONBUILD needs an instruction');
      else if (trigger === 'ONBUILD' || trigger === 'FROM' || trigger === 'MAINTAINER')
        report('trigger', `ONBUILD may not set off ${trigger}`, instruction.trigger.name.range);
      return;
    }
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      if (argument.text === '') report('arguments', `${keyword} needs at least one argument`);
      return;
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case undefined:
      return;
    case 'SHELL':
      if (!instruction.json || args.length === 0)
        report('arguments', 'SHELL takes a JSON array, such as ["/bin/bash", "-c"]');
      return;
    case 'HEALTHCHECK': {
      const type = args[0]?.text.toUpperCase();
      if (type === undefined) report('arguments', 'HEALTHCHECK needs CMD and a command, or NONE');
      else if (type !== 'CMD' && type !== 'NONE')
        report('arguments', `HEALTHCHECK takes CMD or NONE, not "${args[0]?.text}"`, args[0]?.range);
      else if (type === 'CMD' && args.length < 2) report('arguments', 'HEALTHCHECK CMD needs a command');
      return;
    }
    default:
      if (argument.text === '') report('arguments', `${keyword} needs an argument`);
      if (keyword === 'EXPOSE')
        for (const port of args)
          if (isTooHigh(port.text)) report('port', `"${port.text}": ports end with 65535`, port.range);
  }
}

/** A port, or a range of them, beyond what TCP and UDP have. */
function isTooHigh(port: string): boolean {
  const [, first, last] = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(port) ?? [];
  return [first, last].some((number) => Number(number ?? 0) > 65535);
}
