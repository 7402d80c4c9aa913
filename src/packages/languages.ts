import { grammar } from '../python/options.ts';
import type { ShellWord } from '../shell/script.ts';

/** docs.npmjs.com/cli/using-npm/config, with what pnpm and yarn add; `-g` is a switch in all of them. */
export const npmGrammar = grammar(false, {
  switches:
    'global save save-dev save-exact save-optional no-save no-audit no-fund no-optional force legacy-peer-deps ignore-scripts production silent quiet verbose unsafe-perm frozen-lockfile immutable non-interactive dev exact',
  values:
    'loglevel registry prefix cache tag omit include workspace userconfig globalconfig dir cwd cache-folder modules-folder network-timeout mutex',
  spellings: 'g=global D=save-dev E=save-exact O=save-optional f=force w=workspace C=dir s=silent q=quiet',
});

/** guides.rubygems.org/command-reference, "gem install". */
export const gemGrammar = grammar(true, {
  switches:
    'no-document no-ri no-rdoc force local remote user-install conservative minimal-deps ignore-dependencies quiet verbose silent prerelease',
  values: 'version platform install-dir bindir document source build-root file trust-policy http-proxy config-file',
  spellings:
    'v=version i=install-dir n=bindir s=source N=no-document f=force l=local r=remote q=quiet V=verbose g=file P=trust-policy',
});

/** Flags of `go build` and its kin that take the next word (pkg.go.dev/cmd/go, "Compile packages and dependencies"). */
const GO_VALUES = new Set(
  'C p asmflags buildmode buildvcs compiler covermode coverpkg gccgoflags gcflags installsuffix ldflags mod modfile o overlay pgo pkgdir tags toolexec exec'.split(
    ' ',
  ),
);

/** A go command's verb and what stands behind its flags. Go's flags begin with one dash or two. */
export function goWords(words: readonly ShellWord[]): {
  readonly verb: string;
  readonly operands: readonly ShellWord[];
} {
  const operands: ShellWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const flag = /^--?([\w-]+)$/.exec(word.value)?.[1];
    if (flag !== undefined && GO_VALUES.has(flag)) at++;
    else if (!word.value.startsWith('-')) operands.push(word);
  }
  const [verb, ...rest] = operands;
  return { verb: verb?.value ?? '', operands: rest };
}
