import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/reader.ts';
import { evaluateStages } from '../../src/dockerfile/stages.ts';
import type { ShellCommand, ShellScript } from '../../src/shell/script.ts';
import { scriptOf } from '../../src/shell/step-script.ts';

function scriptIn(dockerfile: string): ShellScript {
  const steps = evaluateStages(readDockerfile(dockerfile), () => undefined).at(-1)?.steps ?? [];
  const scripts = steps.flatMap((step) => scriptOf(step) ?? []);
  const script = scripts.at(-1);
  if (script === undefined) throw new Error('no script');
  return script;
}

/** The commands of a RUN in shell form. */
const run = (text: string): readonly ShellCommand[] => scriptIn(`FROM a\nRUN ${text}\n`).commands;
const values = ({ words }: ShellCommand): string[] => words.map(({ value }) => value);

describe('commands', () => {
  test('with words, assignments, redirections and connectors', () => {
    const [first, second, third, fourth] = run(
      'A=1 B=\'2 3\' pip install "a b" >/dev/null 2>&1 && rm -f x || true; exit',
    );
    expect(first && values(first)).toEqual(['pip', 'install', 'a b']);
    expect(first?.assignments.map(({ name, value }) => [name, value?.value])).toEqual([
      ['A', '1'],
      ['B', '2 3'],
    ]);
    expect(first?.redirects.map(({ operator, descriptor, target }) => [operator, descriptor, target?.value])).toEqual([
      ['>', undefined, '/dev/null'],
      ['>&', 2, '1'],
    ]);
    expect([first, second, third, fourth].map((command) => command?.connector)).toEqual(['first', '&&', '||', ';']);
    expect([first, second, third, fourth].map((command) => command?.isTolerated)).toEqual([true, true, false, false]);
  });

  test('know what they stand in', () => {
    const within = (text: string) => run(text).map(({ program, within: around }) => [program, ...around]);
    expect(within('if a; then b; else c; fi')).toEqual([
      ['a', 'condition'],
      ['b', 'branch'],
      ['c', 'branch'],
    ]);
    expect(within('for f in x; do a; done; (b); { c; }; f() { d; }')).toEqual([
      ['a', 'loop'],
      ['b', 'subshell'],
      ['c', 'group'],
      ['d', 'function', 'group'],
    ]);
    expect(within('a | b; c & case x in y) d;; esac')).toEqual([
      ['a', 'pipeline'],
      ['b', 'pipeline'],
      ['c', 'background'],
      ['d', 'case'],
    ]);
    expect(within('echo "$(a)" `b` <(c)').map(([program]) => program)).toEqual(['echo', 'a', 'b', 'c']);
  });

  test('know on what they depend', () => {
    expect(run('[ -f x ] && a && b; c || d').map(({ program, isConditional }) => [program, isConditional])).toEqual([
      ['[', false],
      ['a', true],
      ['b', true],
      ['c', false],
      ['d', true],
    ]);
  });

  test('a loop gives its words', () => {
    expect(
      run('for f in /a/* "b"; do rm "$f"; done')[0]?.loops.map(({ name, words }) => [
        name,
        words.map(({ value }) => value),
      ]),
    ).toEqual([['f', ['/a/*', 'b']]]);
  });

  test('an unreadable text gives what could be read, and a problem', () => {
    const script = scriptIn('FROM a\nRUN pip install x && if true; then\n');
    expect(script.commands[0]?.program).toBe('pip');
    expect(script.problems.length).toBeGreaterThan(0);
  });
});

describe('wrappers are looked through', () => {
  test.each([
    ['sudo pip install x', ['sudo']],
    ['sudo -E -H -u app A=1 pip install x', ['sudo']],
    ['sudo --user=app -- pip install x', ['sudo']],
    ['env -u X -i A=1 B=2 pip install x', ['env']],
    ['gosu app pip install x', ['gosu']],
    ['su-exec app:app pip install x', ['su-exec']],
    ['time -p pip install x', []],
    ['nice -n 5 pip install x', ['nice']],
    ['timeout -k 5 --signal=TERM 60 pip install x', ['timeout']],
    ['exec -a name pip install x', ['exec']],
    ['command pip install x', ['command']],
    ['busybox pip install x', ['busybox']],
    ['nohup pip install x', ['nohup']],
    ['xargs -r -n 1 pip install x', ['xargs']],
    ['runuser -u app -- pip install x', ['runuser']],
    ['sudo env A=1 nice pip install x', ['sudo', 'env', 'nice']],
  ])('%s', (text, wrappers) => {
    const pip = run(text).find(({ program }) => program === 'pip');
    expect(pip && values(pip)).toEqual(['pip', 'install', 'x']);
    expect(pip?.wrappers.map(({ name }) => name)).toEqual(wrappers);
  });

  test('but not where they run nothing', () => {
    expect(run('command -v pip')[0]?.program).toBe('command');
    expect(run('sudo -l')[0]?.program).toBe('sudo');
  });

  test('what they set counts', () => {
    expect(run('sudo env PIP_USER=1 pip install x')[0]?.assignments.map(({ name }) => name)).toEqual(['PIP_USER']);
    expect(run('sudo -u app pip install x')[0]?.wrappers[0]?.user?.value).toBe('app');
  });
});

describe('texts inside texts', () => {
  test.each([
    ['sh -c "pip install x"', 'sh'],
    ["bash -lc 'pip install x'", 'bash'],
    ['/bin/bash -euo pipefail -c "pip install x"', 'bash'],
    ['su app -c "pip install x"', 'login'],
    ['su - app --command="pip install x"', 'login'],
    ['sudo bash -c "pip install x"', 'bash'],
    ["eval 'pip install x'", 'sh'],
  ])('%s', (text, shell) => {
    const pip = run(text).find(({ program }) => program === 'pip');
    expect(pip && values(pip)).toEqual(['pip', 'install', 'x']);
    expect(pip?.shell).toBe(shell);
  });

  test('words in them are exact in the file', () => {
    const dockerfile = 'FROM a\nRUN sh -c "echo \\"hi\\" && pip install \\\n  x"\n';
    const pip = scriptIn(dockerfile).commands.find(({ program }) => program === 'pip');
    expect(pip?.words.map(({ range }) => dockerfile.slice(range.start, range.end))).toEqual(['pip', 'install', 'x']);
  });

  test('a script file is not one', () => {
    expect(run('bash install.sh').map(({ program }) => program)).toEqual(['bash']);
  });

  test('exec form', () => {
    const { commands, interpreter } = scriptIn('FROM a\nRUN ["bash", "-c", "pip install x"]\n');
    expect(interpreter).toBe('exec');
    expect(commands.map(({ program, shell }) => [program, shell])).toEqual([
      ['bash', 'exec'],
      ['pip', 'bash'],
    ]);
  });

  test('depth is bounded', () => {
    let text = 'true';
    for (let depth = 0; depth < 12; depth++) text = `sh -c ${JSON.stringify(text)}`;
    expect(run(text).length).toBeLessThanOrEqual(10);
  });
});

describe('heredocs', () => {
  test('the body alone is the script', () => {
    const dockerfile = 'FROM a\nRUN <<EOF\npip install \\\n  x\nEOF\n';
    const { commands } = scriptIn(dockerfile);
    expect(commands.map(values)).toEqual([['pip', 'install', 'x']]);
    expect(commands[0]?.words.map(({ range }) => dockerfile.slice(range.start, range.end))).toEqual([
      'pip',
      'install',
      'x',
    ]);
  });

  test('tabs of <<- do not count', () => {
    const dockerfile = 'FROM a\nRUN <<-EOF\n\tpip install x\n\tEOF\n';
    const word = scriptIn(dockerfile).commands[0]?.words[0];
    expect(word && dockerfile.slice(word.range.start, word.range.end)).toBe('pip');
  });

  test('fed to a shell they run, fed to cat they do not', () => {
    expect(scriptIn('FROM a\nRUN bash <<EOF\npip install x\nEOF\n').commands.map(({ program }) => program)).toEqual([
      'bash',
      'pip',
    ]);
    expect(
      scriptIn('FROM a\nRUN cat <<EOF > /f && rm y\npip install x\nEOF\n').commands.map(({ program }) => program),
    ).toEqual(['cat', 'rm']);
  });

  test('a shebang chooses the interpreter', () => {
    expect(scriptIn('FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF\n')).toMatchObject({
      interpreter: 'python3',
      commands: [],
    });
    expect(scriptIn('FROM a\nRUN <<EOF\n#!/bin/bash\nsource x\nEOF\n').commands[0]?.shell).toBe('bash');
    expect(scriptIn('FROM a\nRUN python3 <<EOF\nimport os\nEOF\n').commands.map(({ program }) => program)).toEqual([
      'python3',
    ]);
  });
});

test('SHELL is respected', () => {
  expect(scriptIn('FROM a\nSHELL ["powershell", "-Command"]\nRUN pip install x\n')).toMatchObject({
    interpreter: 'powershell',
    commands: [],
  });
  expect(scriptIn('FROM a\nSHELL ["/bin/bash", "-c"]\nRUN pip install x\n').interpreter).toBe('bash');
});

test('a text over 256 KB is not parsed', () => {
  const script = scriptIn(`FROM a\nRUN echo ${'x'.repeat(256 * 1024)}\n`);
  expect(script).toMatchObject({ isTooLong: true, commands: [] });
});

describe('every word maps to its bytes', () => {
  const dockerfile = [
    'FROM a',
    'RUN --mount=type=cache,target=/x set -eux; \\',
    '    # a comment',
    '    pip install \'a>=1\' "b" c\\ d \\',
    '',
    '      --no-cache-dir && FOO=bar sudo -u x sh -c "echo $HOME; ls" | tee /x \\',
    '      || { echo "é ü"; exit 1; }',
    '',
  ].join('\r\n');

  test('with continuations, comments, CRLF and wide characters', () => {
    let count = 0;
    for (const { words } of scriptIn(dockerfile).commands) {
      for (const word of words) {
        if (!word.isWhole) continue;
        expect(dockerfile.slice(word.range.start, word.range.end)).toBe(word.text);
        count++;
      }
    }
    expect(count).toBe(20);
  });

  test('and so does every character of its value', () => {
    for (const { words } of scriptIn(dockerfile).commands) {
      for (const { value, valueMap } of words) {
        expect(valueMap.text).toBe(value);
        for (let at = 0; at < value.length; at++) expect(dockerfile[valueMap.at(at)]).toBe(value[at]);
      }
    }
  });
});

describe('quotes come off as a real shell takes them off', () => {
  test.each([
    "'a b'",
    '"a b"',
    'a\\ b',
    '"a\\"b"',
    "'a'\"'\"'b'",
    '"\\$x"',
    "a''b",
    '"a\\\\b"',
    '"it\'s"',
    "'\\n'",
    '\\\\',
    "x='y z'",
    '"a\\zb"',
  ])('%s', (word) => {
    const real = execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' });
    expect(run(`printf %s ${word}`)[0]?.words[2]?.value).toBe(real);
  });
});
