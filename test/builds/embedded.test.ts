import { array, assert, boolean, constantFrom, integer, property, record, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/dockerfile/edit.ts';
import type { EmbeddedText } from '../../src/dockerfile/embedded.ts';
import { readProject } from './read.ts';

interface Host {
  readonly path: string;
  write(text: string, indent: string): string;
}

const block = (text: string, indent: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
    .join('\n');
const doubled = (text: string) => text.replaceAll('$', '$$$$');
const template = (text: string) => text.replace(/([$%])\{/g, '$1$1{');

/** The ways a Dockerfile is written into another file. */
const HOSTS: Readonly<Record<string, Host>> = {
  'a block of YAML': {
    path: 'compose.yaml',
    write: (text, indent) =>
      `services:\n  a:\n    build:\n      dockerfile_inline: |\n${block(doubled(text), `      ${indent}`)}    image: x\n`,
  },
  'a block of YAML at the end of the file': {
    path: 'compose.yaml',
    write: (text, indent) =>
      `services:\n  a:\n    build:\n      dockerfile_inline: |\n${block(doubled(text), `      ${indent}`)}`,
  },
  'a quoted text of YAML': {
    path: 'compose.yaml',
    write: (text) => `services: { a: { build: { dockerfile_inline: ${JSON.stringify(doubled(text))} } } }\n`,
  },
  JSON: {
    path: 'docker-bake.json',
    write: (text) => `{ "target": { "a": { "dockerfile-inline": ${JSON.stringify(template(text))} } } }\n`,
  },
  'a heredoc of HCL': {
    path: 'docker-bake.hcl',
    write: (text) => `target "a" {\n  dockerfile-inline = <<EOT\n${template(text)}EOT\n}\n`,
  },
  'an indented heredoc of HCL': {
    path: 'docker-bake.hcl',
    write: (text, indent) =>
      `target "a" {\n  dockerfile-inline = <<-EOT\n${block(template(text), indent)}${indent}EOT\n}\n`,
  },
  'a quoted text of HCL': {
    path: 'docker-bake.hcl',
    write: (text) => `target "a" {\n  dockerfile-inline = ${JSON.stringify(template(text))}\n}\n`,
  },
};

function inlineIn(path: string, host: string): EmbeddedText {
  const { builds, problems } = readProject(path, [], { [path]: host });
  const dockerfile = builds[0]?.dockerfile;
  if (dockerfile === undefined || !('inline' in dockerfile)) throw new Error(`${problems.join()} in ${host}`);
  return dockerfile.inline;
}

const WORDS = ['RUN', 'pip install', '$HOME', '${X:-1}', '%{x}', '"a b"', '\\', "'q'", '# é 😀', '&&', '\t', '{', '$$'];
const line = array(constantFrom(...WORDS), { maxLength: 5 }).map((words) => words.join(' '));
const dockerfile = array(line, { minLength: 1, maxLength: 6 }).map(
  (lines) => `FROM x\n${lines.map((text) => `${text.trimEnd()}\n`).join('')}END\n`,
);
const inserted = array(line, { maxLength: 3 }).map((lines) => lines.map((text) => text.trimEnd()).join('\n'));

describe.each(Object.entries(HOSTS))('a Dockerfile in %s', (_, { path, write }) => {
  test('is read as it was written', () => {
    assert(
      property(dockerfile, constantFrom(' ', '  ', '      '), (text, indent) => {
        expect(inlineIn(path, write(text, indent)).text).toBe(text);
      }),
    );
  });

  test('has its places: each character, and the way back', () => {
    assert(
      property(dockerfile, constantFrom('  ', '    '), (text, indent) => {
        const host = write(text, indent);
        const inline = inlineIn(path, host);
        for (let at = 0; at < text.length; at++) {
          const range = inline.range({ start: at, end: at + 1 });
          const written = host.slice(range.start, range.end);
          if (/[\w ]/.test(text[at] ?? '')) expect(written).toBe(text[at]);
          expect(inline.inner(range)).toEqual({ start: at, end: at + 1 });
          const empty = inline.range({ start: at, end: at });
          expect(inline.inner(empty)).toEqual({ start: at, end: at });
        }
      }),
    );
  });

  test('is edited as if it stood in a file of its own', () => {
    assert(
      property(
        dockerfile,
        constantFrom('  ', '    '),
        record({ places: tuple(integer({ min: 0 }), integer({ min: 0 })), wholeLines: boolean(), text: inserted }),
        (text, indent, { places, wholeLines, text: written }) => {
          // The first line and the last stay: a block of YAML is read by them.
          const [first, last] = ['FROM x\n'.length, text.length - 'END\n'.length];
          const places2 = places.map((place) => first + (place % (last - first + 1)));
          let [start = first, end = first] = places2.toSorted((a, b) => a - b);
          if (wholeLines) {
            start = text.lastIndexOf('\n', start - 1) + 1;
            end = end === start ? start : text.indexOf('\n', end - 1) + 1;
          }
          const edit = { range: { start, end }, text: wholeLines && written !== '' ? `${written}\n` : written };
          const host = write(text, indent);
          const moved = inlineIn(path, host).edit(edit);
          // What is written as one, such as `$${`, is not taken apart.
          if (moved === undefined) {
            const around = [start, end].map((at) => text.slice(Math.max(0, at - 1), at + 1)).join(' ');
            expect(`${around} ${edit.text}`).toMatch(/[$%{]/);
            return;
          }
          expect(inlineIn(path, applyEdits(host, [moved])).text).toBe(applyEdits(text, [edit]));
        },
      ),
    );
  });

  test('grows at its end, and loses its last line', () => {
    const text = 'FROM x\nRUN a\n';
    const host = write(text, '    ');
    const changed = (edit: { range: { start: number; end: number }; text: string }) => {
      const moved = inlineIn(path, host).edit(edit);
      return moved && inlineIn(path, applyEdits(host, [moved])).text;
    };
    const end = text.length;
    expect(changed({ range: { start: end, end }, text: 'RUN b\nRUN c\n' })).toBe('FROM x\nRUN a\nRUN b\nRUN c\n');
    expect(changed({ range: { start: 7, end }, text: '' })).toBe('FROM x\n');
    expect(changed({ range: { start: 7, end }, text: 'RUN b\n' })).toBe('FROM x\nRUN b\n');
  });
});

describe('blocks of YAML', () => {
  const at = (header: string, lines: readonly string[], end = '\n') =>
    `services:\n  a:\n    build:\n      dockerfile_inline: ${header}\n${lines.map((line) => `        ${line}`).join('\n')}${end}`;
  const place = (host: string) => {
    const inline = inlineIn('compose.yaml', host);
    const start = inline.text.indexOf('RUN x');
    const { start: from, end } = inline.range({ start, end: start + 5 });
    const edit = inline.edit({ range: { start: start + 4, end: start + 5 }, text: 'y' });
    return [host.slice(from, end), edit && inlineIn('compose.yaml', applyEdits(host, [edit])).text];
  };

  for (const header of ['|2', '|2-', '|+2', '| # a comment', '|-', '|+'])
    test(header, () => {
      const ending = header.includes('-') ? '' : '\n';
      expect(place(at(header, ['FROM a', '', 'RUN x']))).toEqual(['RUN x', `FROM a\n\nRUN y${ending}`]);
    });

  test('more blanks than the indicator takes', () => {
    expect(inlineIn('compose.yaml', at('|1', ['FROM a', 'RUN x'])).text).toBe(' FROM a\n RUN x\n');
    expect(place(at('|1', ['FROM a', 'RUN x']))).toEqual(['RUN x', ' FROM a\n RUN y\n']);
  });

  test('a last line without an ending', () => {
    const host = at('|', ['FROM a', 'RUN x'], '');
    expect(place(host)).toEqual(['RUN x', 'FROM a\nRUN y\n']);
    const inline = inlineIn('compose.yaml', host);
    const end = inline.text.length;
    expect(inline.edit({ range: { start: end, end }, text: 'RUN z\n' })).toBeUndefined();
  });
});

describe('what is filled in', () => {
  test('is not edited; what stands beside it is', () => {
    const host = 'services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM python:${TAG:-3.13}-slim\n';
    const inline = inlineIn('compose.yaml', host);
    expect(inline.text).toBe('FROM python:3.13-slim\n');
    const at = (text: string, by: string) => {
      const start = inline.text.indexOf(text);
      return inline.edit({ range: { start, end: start + text.length }, text: by });
    };
    expect(at('3.13', '3.14')).toBeUndefined();
    expect(at('python:3', 'x')).toBeUndefined();
    const moved = at('slim', 'bookworm');
    expect(moved && applyEdits(host, [moved])).toContain('FROM python:${TAG:-3.13}-bookworm\n');
  });

  test('folded text is placed as a whole, and not edited', () => {
    const host = 'services:\n  a:\n    build:\n      dockerfile_inline: >\n        FROM python\n\n        RUN x\n';
    const inline = inlineIn('compose.yaml', host);
    expect(inline.text).toBe('FROM python\nRUN x\n');
    expect(host.slice(inline.place.start, inline.place.end)).toBe('>\n        FROM python\n\n        RUN x');
    expect(inline.edit({ range: { start: 0, end: 4 }, text: 'x' })).toBeUndefined();
  });
});
