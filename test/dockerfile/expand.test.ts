import { describe, expect, test } from 'vitest';
import { expand, type Value } from '../../src/dockerfile/expand.ts';

const values: Readonly<Record<string, Value>> = {
  X: { text: 'abc/def.tar.gz', known: true },
  E: { text: '', known: true },
  S: { text: 'one two', known: true },
  U: { text: '${U}', known: false },
  A: { text: '${A}', known: false, absent: true },
};
const lookup = (name: string) => values[name];
const run = (text: string, escape = '\\') => expand(text, lookup, { escape });

describe('values, as in the Dockerfile reference', () => {
  test.each([
    ['plain', 'plain'],
    ['$X', 'abc/def.tar.gz'],
    ['${X}s', 'abc/def.tar.gzs'],
    ['$NOPE', ''],
    ['\\$X', '$X'],
    ["'$X'", '$X'],
    ['"$X"', 'abc/def.tar.gz'],
    ['"a\\"b"', 'a"b'],
    ['"a\\nb"', 'a\\nb'],
    ['a\\ b', 'a b'],
    ['${NOPE:-d}', 'd'],
    ['${E:-d}', 'd'],
    ['${E-d}', ''],
    ['${X:+y}', 'y'],
    ['${E:+y}', ''],
    ['${E+y}', 'y'],
    ['${NOPE:-${X}}', 'abc/def.tar.gz'],
    ['${NOPE:-"a b"}', 'a b'],
    ['${X#*/}', 'def.tar.gz'],
    ['${X##*a}', 'r.gz'],
    ['${X%.*}', 'abc/def.tar'],
    ['${X%%.*}', 'abc/def'],
    ['${X/a/o}', 'obc/def.tar.gz'],
    ['${X//a/o}', 'obc/def.tor.gz'],
    ['${X/?bc/z}', 'z/def.tar.gz'],
    ['${X#nothing}', 'abc/def.tar.gz'],
    ['$', '$'],
    ['a$', 'a$'],
  ])('%s', (text, expected) => {
    const { text: found, error } = run(text);
    expect(error).toBeUndefined();
    expect(found).toBe(expected);
  });

  test.each(['${X', '${', '${}', '${X:?gone', "'open", '"open', '${X^^}', '${:x}', '${NOPE:?needed}'])(
    '%s is refused',
    (text) => {
      expect(run(text).error).toBeDefined();
    },
  );
});

describe('what is not known', () => {
  test('stays as written and says so', () => {
    expect(run('/a:$U')).toMatchObject({ text: '/a:${U}', known: false });
    expect(run('${U:-x}')).toMatchObject({ text: '${U:-x}', known: false });
    expect(run('${U%.*}')).toMatchObject({ text: '${U%.*}', known: false });
  });

  test('an ARG without a value takes the default of :-', () => {
    expect(run('${A:-x}')).toMatchObject({ text: 'x', known: true });
    expect(run('$A').known).toBe(false);
  });
});

test('words are split behind expansion, quotes hold them together', () => {
  expect(run('a $S "b c" d').words.map(({ text }) => text)).toEqual(['a', 'one', 'two', 'b c', 'd']);
});

test('references know their place and modifier', () => {
  const text = 'x$X-${E:-$S}';
  expect(
    run(text).references.map(({ name, start, end, modifier }) => [name, text.slice(start, end), modifier]),
  ).toEqual([
    ['X', '$X', undefined],
    ['S', '$S', undefined],
    ['E', '${E:-$S}', ':-'],
  ]);
});

test('the escape character is the file’s', () => {
  expect(run('`$X C:\\a', '`').text).toBe('$X C:\\a');
});

test('hostile patterns end soon', () => {
  const long = { text: 'a'.repeat(2000), known: true };
  expect(expand(`\${L%${'*a'.repeat(300)}b}`, () => long, { escape: '\\' }).text).toBe(long.text);
  expect(expand(`${'${A:-'.repeat(5000)}`, () => undefined, { escape: '\\' }).error).toBeDefined();
});
