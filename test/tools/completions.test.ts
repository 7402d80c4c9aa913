import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { completionScript } from '../../src/cli/completions.ts';
import { claim, folder, must, type Need, write } from './toolbox.ts';

// What the shells themselves make of the scripts. fish and bash are asked; zsh completes only at a terminal, which `zpty` gives it.

function needsShell(name: string): Need {
  const isThere = (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, name)));
  return isThere ? undefined : `${name} is not on PATH (run scripts/install-tools.sh)`;
}

/** Words offered behind a line, by bash's own call of the function. */
function inBash(...words: readonly string[]): string[] {
  const file = join(folder('bash'), 'plimsoll');
  write(file, completionScript('bash', rules));
  const script = `source "$1"; shift; COMP_WORDS=(plimsoll "$@"); COMP_CWORD=$#; _plimsoll; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return must(['bash', '-c', script, 'bash', file, ...words])
    .split('\n')
    .filter(Boolean);
}

function inFish(line: string): string[] {
  const file = join(folder('fish'), 'plimsoll.fish');
  write(file, completionScript('fish', rules));
  const directory = dirname(file);
  const script = `source ${file}; cd ${directory}; complete -C ${JSON.stringify(line)}`;
  return must(['fish', '--no-config', '-c', script])
    .split('\n')
    .filter(Boolean)
    .map((row) => row.split('\t')[0] ?? '');
}

function inZsh(line: string): string {
  const directory = folder('zsh');
  write(join(directory, '_plimsoll'), completionScript('zsh', rules));
  write(
    join(directory, 'driver.zsh'),
    `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=READY; fpath=(${directory} $fpath); autoload -Uz compinit; compinit -u -D; zstyle ":completion:*" list-prompt ""; LISTMAX=0; print COMP''INIT'
zpty -r z text '*COMPINIT*'
zpty -n -w z ${JSON.stringify(line)}$'\\t\\t'
sleep 1
zpty -n -w z $'\\C-u'
zpty -w z 'print THE''END'
zpty -r z text '*THEEND*'
print -r -- $text
`,
  );
  return must(['zsh', '-f', join(directory, 'driver.zsh')]);
}

claim(
  'bash completes commands, options, their values and rules',
  () => {
    expect(inBash('in')).toEqual(['inspect', 'init']);
    expect(inBash('lint', '--un')).toEqual(['--unsafe-fixes']);
    expect(inBash('lint', '--format', 'j')).toEqual(['json', 'junit']);
    expect(inBash('inspect', '--format', '')).toEqual(['text', 'json', 'markdown']);
    expect(inBash('inspect', '--fix')).toEqual([]);
    expect([inBash('lint', '--format', '=', 'j'), inBash('lint', '--color', '=')]).toEqual([
      ['json', 'junit'],
      ['auto', 'always', 'never'],
    ]);
    expect(inBash('lint', '--preset', 'had')).toEqual(['hadolint']);
    expect(inBash('lint', '--select', 'marker,pip-cache')).toEqual(['marker,pip-cache-in-layer']);
    expect(inBash('explain', 'pip-cache')).toEqual(['pip-cache-in-layer']);
    expect(inBash('completions', '')).toEqual(['bash', 'zsh', 'fish']);
    // File names are left to bash.
    expect([inBash('lint', 'Dock'), inBash('lint', '--baseline', 'x')]).toEqual([[], []]);
  },
  needsShell('bash'),
);

claim(
  'fish completes them too',
  () => {
    expect(inFish('plimsoll in')).toEqual(['init', 'inspect']);
    expect(inFish('plimsoll lint --un')).toEqual(['--unsafe-fixes']);
    expect(inFish('plimsoll lint --format j')).toEqual(['json', 'junit']);
    expect(inFish('plimsoll lint --select pip-cache')).toEqual(['pip-cache-in-layer']);
    expect(inFish('plimsoll lint --select marker,pip-cache')).toEqual(['marker,pip-cache-in-layer']);
    expect(inFish('plimsoll explain pip-cache')).toEqual(['pip-cache-in-layer']);
    expect(inFish('plimsoll lint plims')).toEqual(['plimsoll.fish']);
  },
  needsShell('fish'),
);

claim(
  'zsh completes them too',
  () => {
    expect(inZsh('plimsoll ins')).toContain('inspect');
    expect(inZsh('plimsoll lint --unsa')).toContain('--unsafe-fixes');
    expect(inZsh('plimsoll lint --format ju')).toContain('junit');
    expect(inZsh('plimsoll lint --select marker,pip-cac')).toContain('pip-cache-in-layer');
    expect(inZsh('plimsoll explain pip-cac')).toContain('pip-cache-in-layer');
  },
  needsShell('zsh'),
);
