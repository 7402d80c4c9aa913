import { describe, expect, test } from 'vitest';
import type { Instruction } from '../../src/dockerfile/instructions.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import { readDockerfile } from '../../src/dockerfile/reader.ts';

function instruction(text: string, index = 0): Instruction {
  const found = readDockerfile(text).instructions[index];
  if (found === undefined) throw new Error('no such instruction');
  return found;
}

function codes(text: string): string[] {
  return readDockerfile(text).problems.map(({ code }) => code);
}

describe('instructions', () => {
  test('FROM with platform, registry, digest and name', () => {
    const from = instruction('FROM --platform=$BUILDPLATFORM reg.io:5000/a/b:1@sha256:ab AS build\n');
    expect(from.flags.map(({ name, value }) => [name, value])).toEqual([['platform', '$BUILDPLATFORM']]);
    expect(from.args.map(({ text }) => text)).toEqual(['reg.io:5000/a/b:1@sha256:ab', 'AS', 'build']);
  });

  test('RUN keeps its text and its mounts', () => {
    const run = instruction(
      'FROM a\nRUN --mount=type=cache,target=/x --network=none --security=insecure pip install "a b"\n',
      1,
    );
    expect(run.flags.map(({ name }) => name)).toEqual(['mount', 'network', 'security']);
    expect(run.args.map(({ text }) => text)).toEqual(['pip install "a b"']);
    expect(run.json).toBe(false);
  });

  test('exec form, decoded and mapped back', () => {
    const text = 'FROM a\nCMD ["a\\tb", "\\u0041", "plain"]\n';
    const cmd = instruction(text, 1);
    expect(cmd.json).toBe(true);
    expect(cmd.args.map((arg) => arg.text)).toEqual(['a\tb', 'A', 'plain']);
    const plain = cmd.strings[2];
    expect(plain && text.slice(plain.at(0), plain.endAt(5))).toBe('plain');
    const escaped = cmd.strings[0];
    expect(escaped && text.slice(escaped.at(2), escaped.at(2) + 1)).toBe('b');
  });

  test('ENV and ARG in both forms', () => {
    const pairs = (text: string) => instruction(text).pairs.map(({ key, value }) => [key.text, value?.text]);
    expect(pairs('ENV A=1 B="x y" C=z\\ w\n')).toEqual([
      ['A', '1'],
      ['B', '"x y"'],
      ['C', 'z\\ w'],
    ]);
    expect(pairs('ENV NAME some value = x\n')).toEqual([['NAME', 'some value = x']]);
    expect(pairs('ARG A B=2\n')).toEqual([
      ['A', undefined],
      ['B', '2'],
    ]);
    expect(instruction('ENV A 1\n').spaceSeparated).toBe(true);
  });

  test('ONBUILD carries an instruction', () => {
    const onbuild = instruction('FROM a\nONBUILD COPY --chown=1 a b\n', 1);
    expect(onbuild.trigger?.keyword).toBe('COPY');
    expect(onbuild.trigger?.flags[0]?.text).toBe('--chown=1');
  });

  test('HEALTHCHECK has its type first', () => {
    expect(instruction('HEALTHCHECK --interval=5s CMD curl -f x\n').args.map(({ text }) => text)).toEqual([
      'CMD',
      'curl -f x',
    ]);
    expect(instruction('HEALTHCHECK CMD ["a"]\n').json).toBe(true);
  });

  test('words of any case, and words that are none', () => {
    expect(instruction('from a\n').keyword).toBe('FROM');
    expect(instruction('FROM a\nFOO bar\n', 1).keyword).toBeUndefined();
  });
});

describe('heredocs', () => {
  test('several, chomped, quoted, with a file descriptor', () => {
    const text = 'FROM a\nCOPY <<-"A" 3<<B /d/\n\tone\n\tA\ntwo $x\nB\nRUN true\n';
    const copy = instruction(text, 1);
    expect(copy.heredocs.map(({ name, chomp, expands }) => [name, chomp, expands])).toEqual([
      ['A', true, false],
      ['B', false, true],
    ]);
    expect(copy.heredocs.map(({ body }) => body.text)).toEqual(['\tone\n', 'two $x\n']);
    expect(copy.heredocs.map(({ operator }) => text.slice(operator.start, operator.end))).toEqual(['<<-"A"', '3<<B']);
    expect(copy.endLine).toBe(6);
    expect(readDockerfile(text).instructions).toHaveLength(3);
  });

  test('an unterminated one is reported and the rest is read', () => {
    const text = 'FROM a\nRUN <<EOF\necho hi\nCMD ["x"]\n';
    expect(codes(text)).toEqual(['heredoc-unterminated', 'unknown-instruction']);
    expect(readDockerfile(text).instructions.map(({ name }) => name.text)).toEqual(['FROM', 'RUN', 'echo', 'CMD']);
  });
});

describe('ranges', () => {
  const text = [
    '\ufeff# syntax=docker/dockerfile:1',
    'FROM a AS b',
    '# above',
    'RUN one \\',
    '   # inside',
    '',
    '  two thr\\',
    'ee # text \\',
    '  four',
    'ENV A="1" \\',
    '    B=2',
    '',
  ].join('\r\n');
  const file = readDockerfile(text);
  const slice = ({ start, end }: Range) => text.slice(start, end);

  test('byte order mark, CRLF and comments inside are outside of the text', () => {
    const run = file.instructions[1];
    expect(run?.args[0]?.text).toBe('one   two three # text   four');
    expect(run && [run.startLine, run.endLine]).toEqual([4, 9]);
    expect(file.comments.map((comment) => [comment.text, comment.inside])).toEqual([
      ['syntax=docker/dockerfile:1', false],
      ['above', false],
      ['inside', true],
    ]);
    expect(file.directives.map(({ name, value }) => [name, value])).toEqual([['syntax', 'docker/dockerfile:1']]);
  });

  test('keyword, words and pairs are exact', () => {
    expect(file.instructions.map(({ name }) => slice(name.range))).toEqual(['FROM', 'RUN', 'ENV']);
    expect(file.instructions[0]?.args.map(({ range }) => slice(range))).toEqual(['a', 'AS', 'b']);
    expect(file.instructions[2]?.pairs.map(({ range }) => slice(range))).toEqual(['A="1"', 'B=2']);
    expect(slice(file.instructions[2]?.range ?? { start: 0, end: 0 })).toBe('ENV A="1" \\\r\n    B=2');
  });

  test('a word split over lines is not whole', () => {
    const map = file.instructions[1]?.logical;
    const at = map?.text.indexOf('three') ?? 0;
    expect(map?.isWhole(at, at + 5)).toBe(false);
    expect(map && slice(map.range(at, at + 5))).toBe('thr\\\r\nee');
    const two = map?.text.indexOf('two') ?? 0;
    expect(map?.isWhole(two, two + 3)).toBe(true);
  });

  test('an end lies behind its last character, not behind the continuation', () => {
    const map = file.instructions[1]?.logical;
    expect(map && text.slice(map.endAt(7) - 3, map.endAt(7))).toBe('one');
  });
});

describe('problems', () => {
  test.each([
    ['', ['no-instructions']],
    ['# only a comment\n', ['no-instructions']],
    ['FROM a\nENV X\n', ['value-missing', 'arguments'].slice(0, 1)],
    ['FROM a\nCMD ["a", 1]\n', ['json-not-strings']],
    ['FROM a\nENV A=1 B\n', ['equals-missing']],
    ['# escape=x\nFROM a\n', ['directive-invalid']],
    ['# syntax=a\n# syntax=b\nFROM a\n', ['directive-repeated']],
    ['RUN x\n', ['before-from']],
    ['FROM a\nCOPY x\n', ['arguments']],
    ['FROM a\nCOPY --form=b x y\n', ['unknown-flag']],
    ['FROM a\nSHELL /bin/bash\n', ['arguments']],
    ['FROM a\nHEALTHCHECK FOO\n', ['arguments']],
    ['FROM a\nONBUILD ONBUILD RUN x\n', ['trigger']],
    ['FROM a AS 1st\n', ['arguments']],
    ['FROM a\nCOPY x <<EOF\nEOF\n', ['arguments']],
    ['FROM a\nMAINTAINER x\nUSER 1\nWORKDIR /\nVOLUME ["/a"]\nSTOPSIGNAL TERM\nEXPOSE 80/tcp\nLABEL a=b\n', []],
  ])('%j', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  test('what stands behind a syntax error is read', () => {
    const { instructions } = readDockerfile('FROM a\nENV X\nRUN pip install b\n');
    expect(instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'ENV', 'RUN']);
  });

  test('a backquote as escape character', () => {
    const file = readDockerfile('# escape=`\nFROM a\nCOPY a `\n  C:\\\\b\\\n');
    expect(file.escape).toBe('`');
    expect(file.instructions[1]?.args.map(({ text }) => text)).toEqual(['a', 'C:\\\\b\\']);
  });
});
