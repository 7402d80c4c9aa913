import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instruction as AstInstruction, DockerfileParser, JSONInstruction } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/reader.ts';

// dockerfile-ast reads the same samples. Where the two differ, the difference is listed here with who is right; what
// "right" means is BuildKit's own reading (frontend/dockerfile/parser), which the recorded conformance cases show.
const folder = join(import.meta.dirname, '../../sample-dockerfiles');
const samples = readdirSync(folder).filter((name) => name.endsWith('.Dockerfile'));

interface View {
  readonly keyword: string;
  readonly line: number;
  readonly text: string;
}

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();

function ours(text: string): View[] {
  return readDockerfile(text).instructions.map(({ name, startLine, argument, heredocs }) => ({
    keyword: name.text.toUpperCase(),
    line: startLine,
    // dockerfile-ast counts heredoc bodies to the arguments.
    text: squeeze([argument.text, ...heredocs.flatMap(({ body, name: end }) => [body.text, end])].join('\n')),
  }));
}

function theirs(text: string): View[] {
  const file = DockerfileParser.parse(text);
  return file.getInstructions().map((instruction: AstInstruction) => ({
    keyword: instruction.getKeyword(),
    line: instruction.getRange().start.line + 1,
    text: squeeze(instruction.getArgumentsContent() ?? ''),
  }));
}

/** The samples' differences. In each of them dockerfile-ast keeps a comment line of a continued instruction. */
const KEPT_COMMENTS = ['env-one-liner.Dockerfile:4'];

describe('the samples, read twice', () => {
  test('there are samples', () => {
    expect(samples.length).toBeGreaterThanOrEqual(15);
  });

  const differences: { place: string; our: string; their: string; text: string }[] = [];
  for (const name of samples) {
    const text = readFileSync(join(folder, name), 'utf8');
    test(`${name}: the same instructions at the same lines`, () => {
      const lines = (views: View[]) => views.map(({ keyword, line }) => `${line} ${keyword}`);
      expect(lines(ours(text))).toEqual(lines(theirs(text)));
    });
    for (const [index, { line, text: our }] of ours(text).entries()) {
      const their = theirs(text)[index]?.text ?? '';
      if (our !== their) differences.push({ place: `${name}:${line}`, our, their, text });
    }
  }

  test('their arguments differ only where dockerfile-ast keeps a comment', () => {
    expect(differences.map(({ place }) => place)).toEqual(KEPT_COMMENTS);
    for (const { our, their, text } of differences) {
      const comments = readDockerfile(text).comments.filter(({ inside }) => inside);
      const without = comments.reduce((rest, comment) => rest.replace(`# ${comment.text}`, ''), their);
      expect(squeeze(without)).toBe(our);
    }
  });
});

describe('where they differ, and BuildKit agrees with us', () => {
  test('a comment inside a continued RUN is not part of its text', () => {
    const text = 'FROM a\nRUN one \\\n    # note\n    two\n';
    expect(ours(text)[1]?.text).toBe('one two');
    expect(theirs(text)[1]?.text).toBe('one # note two');
  });

  test('blanks inside JSON strings stay', () => {
    const text = 'FROM a\nCMD ["echo hi"]\n';
    expect(readDockerfile(text).instructions[1]?.args.map((arg) => arg.text)).toEqual(['echo hi']);
    const [, cmd] = DockerfileParser.parse(text).getInstructions();
    expect(cmd instanceof JSONInstruction && cmd.getJSONStrings().map((string) => string.getValue())).toEqual([
      '"echohi"',
    ]);
  });

  test('an ARG may declare several names', () => {
    const text = 'ARG a b=c\nFROM x\n';
    expect(readDockerfile(text).instructions[0]?.pairs.map(({ key }) => key.text)).toEqual(['a', 'b']);
    expect(DockerfileParser.parse(text).getARGs()[0]?.getProperty()?.getName()).not.toBe('b');
  });

  test('an escaped escape character does not continue the line', () => {
    const text = 'FROM a\nRUN one \\\\\nRUN two\n';
    expect(ours(text).map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(theirs(text).map(({ line }) => line)).toEqual([1, 2]);
  });

  test('a heredoc may have a file descriptor', () => {
    const text = 'FROM a\nRUN cat 3<<EOF\nRUN not an instruction\nEOF\n';
    expect(ours(text)).toHaveLength(2);
    expect(theirs(text).length).toBeGreaterThan(2);
  });
});
