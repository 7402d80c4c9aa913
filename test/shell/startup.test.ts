import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StartupWorld } from '../../src/shell/startup-tests.ts';
import { evaluateStartup } from '../../src/shell/unbash-startup.ts';

/** Files by path; directories are what they imply. */
function world(files: Readonly<Record<string, string>>, uid = 1001): StartupWorld {
  const list = (directory: string): string[] =>
    Object.keys(files)
      .filter((path) => path.slice(0, path.lastIndexOf('/')) === directory)
      .map((path) => path.slice(directory.length + 1))
      .sort();
  return {
    uid,
    userName: 'app',
    list,
    text: (path) => files[path],
    test: (operator, path) => {
      if (operator === '-d') return list(path).length > 0;
      return ['-e', '-f', '-r', '-s'].includes(operator) ? path in files : undefined;
    },
  };
}

/** PATH after a profile, beginning with `/in`; undefined where it is not known. */
function pathAfter(profile: string, files: Readonly<Record<string, string>> = {}, uid = 1001): string | undefined {
  const given = new Map([
    ['PATH', '/in'],
    ['HOME', '/home/app'],
  ]);
  const all = { '/etc/profile': profile, ...files };
  return evaluateStartup(['/etc/profile'], given, world(all, uid)).get('PATH') ?? undefined;
}

describe('what a start-up file makes of PATH', () => {
  const cases: readonly [profile: string, path: string | undefined, files?: Readonly<Record<string, string>>][] = [
    ['', '/in'],
    ['PATH=/a:$PATH', '/a:/in'],
    ['export PATH="/a:${PATH}"', '/a:/in'],
    ['PATH+=:/a', '/in:/a'],
    ["PATH='$PATH'", '$PATH'],
    ['unset PATH; PATH=${PATH:-/default}', '/default'],
    ['PATH=${PATH:+/set:}$PATH', '/set:/in'],
    ['PATH=${PATH#/i}', 'n'],
    ['PATH=~/bin:$PATH', '/home/app/bin:/in'],
    ["PATH='~/bin'", '~/bin'],
    ['X=~/bin; PATH=$X:$PATH', '/home/app/bin:/in'],
    ['[ "$(id -u)" -eq 0 ] && PATH=/root', '/in'],
    ['[ `id -u` -ne 0 ] && PATH=/user', '/user'],
    ['if [ -f /x ]; then PATH=/x; elif [ -r /y ]; then PATH=/y; else PATH=/z; fi', '/y', { '/y': '' }],
    ['if [ ! -d /d ]; then PATH=/no; fi', '/in', { '/d/f': '' }],
    ['[ -n "$X" -a -z "$Y" ] || PATH=/or', '/or'],
    ['[[ $PATH == /i* && -z $X ]] && PATH=/glob', '/glob'],
    ['case "$PATH" in /x) PATH=/1;; /i*) PATH=/2;; *) PATH=/3;; esac', '/2'],
    ['for d in /a /b; do PATH=$PATH:$d; done', '/in:/a:/b'],
    [
      'for f in /etc/profile.d/*.sh; do . $f; done',
      '/two:/one:/in',
      {
        '/etc/profile.d/1.sh': 'PATH=/one:$PATH',
        '/etc/profile.d/2.sh': 'PATH=/two:$PATH',
        '/etc/profile.d/3.csh': 'PATH=/no',
      },
    ],
    ['add() { PATH=$1:$PATH; }; add /f', '/f:/in'],
    ['f() { return; PATH=/no; }; f; PATH=/after:$PATH', '/after:/in'],
    ['. /lib; PATH=$PATH:/more', '/lib:/in:/more', { '/lib': 'PATH=/lib:$PATH\nreturn 0\nPATH=/no' }],
    ['. /missing; PATH=/a', '/a'],
    ['(PATH=/sub); true | PATH=/pipe', '/in'],
    ['alias ls="ls --color"; umask 022; PATH=/a', '/a'],
    ['eval "$(dircolors -b)"', '/in'],
    ['case a_1 in [[:alnum:]_]_[[:alnum:]]) PATH=/set;; *) PATH=/none;; esac', '/set'],
    ['case $- in *i*) ;; *) return ;; esac; PATH=/interactive', '/in'],
    // Only running would tell.
    ['eval "$(pyenv init -)"', undefined],
    ['PATH=$(tool path):$PATH', undefined],
    ['if command -v tool; then PATH=/tool:$PATH; fi', undefined],
    ['if tool; then X=1; fi', '/in'],
    ['tool && PATH=/a', undefined],
    ['if tool; then PATH=/same; else PATH=/same; fi', '/same'],
    ['. $UNKNOWN_$(tool)', undefined],
    ['while tool; do PATH=/a; done', undefined],
  ];
  for (const [profile, path, files] of cases)
    test(profile || 'nothing', () => {
      expect(pathAfter(profile, files)).toBe(path);
    });
});

test('hostile files come to an end', () => {
  const round = { '/etc/profile': '. /etc/profile' };
  expect(evaluateStartup(['/etc/profile'], new Map(), world(round)).get('PATH')).toBeNull();
  expect(pathAfter('f() { f; f; }; f; PATH=/a')).toBeUndefined();
  pathAfter(`${'if true; then '.repeat(20_000)}true${'; fi'.repeat(20_000)}`);
  pathAfter(`X=${'a'.repeat(5000)}; case $X in ${'*a'.repeat(30)}b) ;; esac`);
  pathAfter(`for i in ${'a '.repeat(5000)}; do for j in ${'b '.repeat(5000)}; do X=$i$j; done; done`);
});

test('no text is an exception', () => {
  const word = fc.constantFrom(
    'if',
    'then',
    'fi',
    'for',
    'in',
    'do',
    'done',
    'case',
    'esac',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ';',
    '&&',
    '||',
    '|',
    '!',
    '$X',
    '"$(id -u)"',
    '${X#*}',
    '${X:-',
    '`',
    '"',
    "'",
    '*',
    'PATH=/a',
    'export',
    '.',
    '/etc/profile',
    '\n',
    '=',
    '-f',
    'eval',
    'return',
    'f()',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      pathAfter(words.join(' '));
    }),
    { numRuns: 2000 },
  );
});
