import { describe, expect, test } from 'vitest';
import { type Brief, briefs, readProject } from './read.ts';

const hcl = (text: string) => readProject('docker-bake.hcl', [], { 'docker-bake.hcl': text });
const argOf = (expression: string, more = '') =>
  briefs(hcl(`${more}\ntarget "t" {\n  args = {\n    X = ${expression}\n  }\n}\n`)).t?.args.X;

describe('a project of realistic shape', () => {
  const builds = briefs(readProject('wheels/docker-bake.hcl', ['wheels/docker-bake.override.hcl']));

  test('has a build for each combination of a matrix, and none for what is only inherited', () => {
    expect(Object.keys(builds)).toEqual([
      'wheels-3-13-glibc',
      'wheels-3-13-musl',
      'wheels-3-14-glibc',
      'wheels-3-14-musl',
      'app',
      'docs',
      'check',
    ]);
  });

  test('what is inherited, and what holds against it', () => {
    expect(builds['wheels-3-14-musl']).toEqual({
      context: 'wheels/app',
      dockerfile: 'wheels/app/Dockerfile',
      target: 'wheels',
      args: { BASE: 'alpine', PYTHON_VERSION: '3.14' },
    });
  });
});

test('JSON, with templates in its strings', () => {
  const builds = briefs(readProject('wheels/images.json'));
  expect(builds.app).toEqual({
    context: 'wheels/app',
    dockerfile: 'wheels/app/Dockerfile',
    target: undefined,
    args: { BASE: 'slim', LITERAL: '${HOME}', PYTHON_VERSION: '3.13' },
  } satisfies Brief);
  expect(builds.probe?.inline).toBe(
    'FROM python:3.13-slim\nRUN pip install httpx==0.28.0\nCMD ["python", "-c", "import httpx"]\n',
  );
});

describe('expressions', () => {
  const cases: [string, string | undefined, string?][] = [
    ['"a"', 'a'],
    ['1.50', '1.5'],
    ['true', 'true'],
    ['null', undefined],
    ['"${A}-${B}"', '1-x', 'A = 1\nvariable "B" { default = "x" }'],
    ['"$${A} %%{B} \\"q\\" \\u00e9"', '${A} %{B} "q" é'],
    ['A == 1 ? "one" : "other"', 'one', 'A = 1'],
    ['A', undefined, 'variable "A" { default = null }'],
    ['"${A}"', undefined, 'variable "A" { default = null }'],
    ['!equal(A, "x") && 2 > 1', 'false', 'A = "x"'],
    ['[for k, v in { a = 1, b = 2 } : "${k}${v}" if v > 1][0]', 'b2'],
    ['{ for v in ["p", "q"] : v => upper(v) }["q"]', 'Q'],
    ['concat(["a"], ["b", "c"])[2]', 'c'],
    ['join("-", A...)', 'p-q', 'A = [["p", "q"]]'],
    [
      'shout("a", "b")',
      'A!b',
      'function "shout" {\n params = [x]\n variadic_params = more\n result = "${upper(x)}!${join("", more)}"\n}',
    ],
    ['target.other.args.Y', 'z', 'target "other" { args = { Y = "z" } }'],
    ['"${UNSET}"', '?', 'variable "UNSET" {}'],
    ['timestamp()', '?'],
    ['A', '?', 'A = B\nB = A'],
    ['f(1)', '?', 'function "f" {\n params = [x]\n result = f(x)\n}'],
    ['<<-EOT\n      a\n        b\n    EOT\n', 'a\n  b\n'],
    ['<<EOT\n  a\nEOT\n', '  a\n'],
    ['"%{ if true }a%{ endif }"', '?'],
    ['format("%s-%d", "a", 3)', 'a-3'],
    ['V.n == "a" ? V.l[0] + 1 : -V.l[0]', '8', 'V = { n = "a", l = [7] }'],
    ['(V.n) != "a" || false', 'false', 'V = { n = "a" }'],
    ['and(A, true) && A ? "one" : "other"', 'one', 'A = "true"'],
    ['coalesce(null, "", "x")', ''],
    ['substr("abcdef", -3, 2)', 'de'],
    ['[1, 2] == [1, 2] ? "same" : "other"', 'same'],
    ['"a ${~ "b" ~} c"', '?'],
  ];
  for (const [expression, expected, more] of cases)
    test(`${expression} with ${more ?? 'nothing'}`, () => expect(argOf(expression, more)).toBe(expected));

  test('what would take for ever, or all the memory, is not known', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `V${index + 1} = "\${V${index}}\${V${index}}"`);
    expect(argOf('V60', `V0 = "xxxxxxxx"\n${doubling.join('\n')}`)).toBe('?');
    expect(argOf('length(setproduct(L, L, L, L, L, L, L, L))', 'L = [1,2,3,4,5,6,7,8,9,10]')).toBe('?');
    const self = 'function "f" {\n params = [x]\n result = f(x)\n}';
    expect(argOf('f(1)', self)).toBe('?');
  });

  test('a file that takes too long says so', () => {
    const said = ['docker-bake.hcl: it takes too long to evaluate, so nothing of it is checked'];
    const loops = 'for a in L : [for b in L : [for c in L : [for d in L : [for e in L : [for f in L : 1]]]]]';
    expect(hcl(`L = [1,2,3,4,5,6,7,8,9,10]\ntarget "t" { args = { X = length([${loops}]) } }`).problems).toEqual(said);
    const doubled = 'function "f" {\n params = [x]\n result = "${f(x)}${f(x)}"\n}\n';
    expect(hcl(`${doubled}target "t" { args = { X = f(1) } }`).problems).toEqual(said);
    const diamond = Array.from(
      { length: 40 },
      (_, index) => `target "t${index + 1}" { inherits = ["t${index}", "t${index}"] }`,
    );
    expect(hcl(`target "t0" {}\n${diamond.join('\n')}`).problems).toEqual(said);
  });

  test('targets that ask for one another', () => {
    const text = `
      target "a" { tags = ["x"] }
      target "b" { args = { T = target.a.tags[0], U = target.c.labels.T } }
      target "c" { labels = { T = target.b.args.T, V = target.a.tags[0] } }
    `;
    expect(briefs(hcl(text)).b?.args).toEqual({ T: 'x', U: 'x' });
  });
});

describe('targets', () => {
  test('one that only others inherit is none, one in a group or by itself is', () => {
    const text = `
      group "g" { targets = ["c"] }
      target "a" {}
      target "b" { inherits = ["a"] }
      target "c" { inherits = ["b"] }
      target "d" { inherits = ["c"] }
    `;
    expect(Object.keys(briefs(hcl(text)))).toEqual(['c', 'd']);
  });

  test('one that says what comes of it is built, though others inherit from it', () => {
    const text = 'target "app" { target = "prod" }\ntarget "app-dev" {\n  inherits = ["app"]\n  target = "dev"\n}\n';
    expect(Object.keys(briefs(hcl(text)))).toEqual(['app', 'app-dev']);
  });

  test('null is as good as not given', () => {
    const text = `
      target "_base" {
        context = "app"
        target = "prod"
        args = { A = "1", B = "2" }
      }
      target "web" {
        inherits = ["_base"]
        context = null
        target = false ? "x" : null
        args = { A = null, B = "3" }
      }
    `;
    expect(briefs(hcl(text)).web).toEqual({
      context: 'app',
      dockerfile: 'app/Dockerfile',
      target: 'prod',
      args: { A: '1', B: '3' },
    });
  });

  test('cwd:// is here', () => {
    expect(briefs(hcl('target "a" { context = "cwd://app" }')).a).toMatchObject({ context: 'app' });
  });

  test('blocks in lists, in JSON', () => {
    const text = '{"target": [{"a": {"context": "x"}}, {"b": [{"context": "y"}]}]}';
    const builds = briefs(readProject('b.json', [], { 'b.json': text }));
    expect([builds.a?.context, builds.b?.context]).toEqual(['x', 'y']);
  });

  test('those that inherit from one another are built all the same', () => {
    expect(Object.keys(briefs(hcl('target "a" { inherits = ["b"] }\ntarget "b" { inherits = ["a"] }')))).toEqual([
      'a',
      'b',
    ]);
  });

  test('contexts: an image, or something else', () => {
    const { builds } = hcl('target "t" { contexts = { Base = "docker-image://python:3.13", src = "../src" } }');
    expect(builds[0]?.settings.contexts).toEqual(
      new Map([
        ['base', 'python:3.13'],
        ['src', undefined],
      ]),
    );
  });

  test('paths count from the file, or from here where only there a Dockerfile is', () => {
    const target = 'target "t" { context = "app" }';
    const at = (path: string) =>
      briefs(readProject('deploy/docker-bake.hcl', [], { 'deploy/docker-bake.hcl': target, [path]: 'FROM scratch' })).t;
    expect(at('deploy/app/Dockerfile')).toMatchObject({ context: 'deploy/app' });
    expect(at('app/Dockerfile')).toMatchObject({ context: 'app', dockerfile: 'app/Dockerfile' });
  });
});

describe('is said, not passed over:', () => {
  test('what does not read', () => {
    expect(hcl('target "a" {\n  context = \n}\n').problems).toEqual([
      expect.stringMatching(/^docker-bake\.hcl:[23]:\d+: this is not read as HCL$/),
    ]);
    expect(readProject('b.json', [], { 'b.json': '{"target": ' }).problems).toEqual([
      expect.stringMatching(/^b\.json:1:\d+: /),
    ]);
  });

  test('a context elsewhere, and one that is not known', () => {
    const text =
      'variable "DIR" {}\ntarget "a" { context = "https://example.org/a.git" }\ntarget "b" { context = DIR }\n';
    expect(hcl(text).notes).toEqual([
      'docker-bake.hcl:2: target a: left out: it is built from https://example.org/a.git',
      'docker-bake.hcl:3: target b: left out: the value of ${DIR} is not known: give it a default',
    ]);
  });

  test('a target that is not known, and what an expression makes', () => {
    expect(hcl('variable "S" {}\ntarget "a" { target = S }').notes).toEqual([
      'docker-bake.hcl:2: target a: left out: the value of ${S} is not known: give it a default',
    ]);
    const json = '{"target": {"a": {"context": "%{ if true }x%{ endif }"}}}';
    expect(readProject('b.json', [], { 'b.json': json }).notes).toEqual([
      'b.json:1: target a: left out: its context is not known',
    ]);
  });

  test('more combinations than are looked at', () => {
    const list = `[${Array.from({ length: 600 }, (_, index) => `"${index}"`).join(', ')}]`;
    const { builds, notes } = hcl(`target "a" {\n  name = "a-\${i}"\n  matrix = { i = ${list} }\n}`);
    expect(builds).toHaveLength(500);
    expect(notes).toEqual(['docker-bake.hcl: target a: only the first 500 combinations of its matrix are checked']);
  });

  test('expressions without end', () => {
    const deep = (open: string, close: string) =>
      hcl(`A = ${open.repeat(3000)}1${close.repeat(3000)}\ntarget "a" { args = { X = A } }`);
    for (const { problems, builds } of [deep('(', ')'), deep('[', ']'), deep('true ? ', ' : 2')])
      expect([problems.length, builds.length]).toEqual([0, 1]);
  });

  test('a Dockerfile whose text is not known', () => {
    expect(hcl('target "a" { dockerfile-inline = timestamp() }').notes).toEqual([
      'docker-bake.hcl:1: target a: left out: the text of its Dockerfile is not known',
    ]);
  });
});
