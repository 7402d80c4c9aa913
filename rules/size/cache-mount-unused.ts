import { isInside } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf, type Report } from '../../src/engine/rule.ts';
import { type Mount, mountsOfRun } from '../../src/packages/mounts.ts';
import { cacheDirectory, isCacheOff } from '../../src/python/cache-directory.ts';
import { isRootUser } from '../../src/python/call.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { Install, PythonStage, ScriptedStep } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const scripted of pythonStage.scripts) {
        const { step, script } = scripted;
        if (step.instruction.keyword !== 'RUN' || step.onbuild) continue;
        const flags = step.instruction.flags.filter(({ name }) => name === 'mount');
        const mounts = mountsOfRun(step, file.escape);
        for (const [index, mount] of mounts.entries()) {
          const flag = flags[index];
          if (mount.type !== 'cache' || mount.target === undefined || flag === undefined) continue;
          const installs = pythonStage.installs.filter((install) => install.script === script && fetches(install));
          const report =
            ofPython(mount, mount.target, installs, scripted) ?? ofApt(mount.target, scripted, pythonStage);
          if (report === undefined) continue;
          const others = new Set(mounts.map(({ target }) => target));
          const start = flag.range.start + flag.text.indexOf(mount.target);
          const isWritten = file.text.startsWith(mount.target, start);
          const at = isWritten ? { start, end: start + mount.target.length } : flag.range;
          yield { ...report, at, fix: fixFor(report, at, isWritten && !others.has(report.data.directory ?? '')) };
        }
      }
    }
  },
});

type Found = Omit<Report, 'at' | 'data'> & { readonly data: Readonly<Record<string, string>> };

function fetches({ tool, action, label }: Install): boolean {
  return (
    (tool === 'pip' || tool === 'uv') &&
    (action === 'install' || action === 'sync' || action === 'download' || action === 'wheel') &&
    label !== 'uv tool'
  );
}

/** A mount on a cache of pip or uv that none of the installs of its RUN reads or fills. */
function ofPython(
  { fields }: Mount,
  target: string,
  installs: readonly Install[],
  { script }: ScriptedStep,
): Found | undefined {
  const meant = /\/\.cache\/(pip|uv)$/.exec(target)?.[1];
  const [install] = installs;
  if (meant === undefined || install === undefined) return undefined;
  const own = installs.filter(({ tool }) => tool === meant);
  if (own.length === 0) {
    // Others of its kind, and scripts, may look into it.
    const kin = meant === 'uv' ? /^uvx?$/ : /^(?:pip\d?|pipx|pip-\w+|tox|nox|poetry|pipenv|pdm|hatch)/;
    const isUsed = script.commands.some(
      ({ program, name }) =>
        kin.test(program) || /^(?:make|just|task)$/.test(program) || /^\.{0,2}\/.*\.(?:sh|py)$|^\.\//.test(name),
    );
    if (isUsed) return undefined;
    const directory = cacheDirectory(install);
    return {
      message: 'tool',
      data: { target, tool: install.tool, directory: install.call.home.known ? directory : '' },
    };
  }
  if (own.every(isCacheOff)) return { message: 'off', data: { target, tool: meant } };
  if (own.some((one) => isInside(cacheDirectory(one), target))) return undefined;
  const user = own[0]?.call.user;
  // Whose home it is has to be certain: a name's is in the image's /etc/passwd, but /root is root's.
  const isOthers = own.every(
    (one) =>
      (one.setting('cache-dir') !== undefined && !one.setting('cache-dir')?.value.includes('$')) ||
      one.call.home.known ||
      (isRootUser(one.call.user) === false && target.startsWith('/root/') && one.step.lookup('HOME') === undefined) ||
      (isRootUser(one.call.user) === false && target.startsWith('/root/') && one.step.lookup('HOME')?.known === false),
  );
  if (!isOthers) return undefined;
  const first = own[0];
  const isKnown = first !== undefined && (first.call.home.known || first.setting('cache-dir') !== undefined);
  const uid = fields.get('uid');
  return {
    message: isKnown ? 'elsewhere' : 'user',
    data: {
      target,
      tool: meant,
      directory: isKnown ? cacheDirectory(first) : '',
      user: user?.text ?? '',
      uid: uid ?? '',
    },
  };
}

/** Images of Debian and Ubuntu delete what apt has fetched as soon as it is installed (docker-library, docker-clean). */
function ofApt(target: string, { script }: ScriptedStep, pythonStage: PythonStage): Found | undefined {
  if (!/^\/var\/cache\/apt(?:\/archives)?$/.test(target)) return undefined;
  const name = pythonStage.base?.distribution?.name;
  if (name !== 'debian' && name !== 'ubuntu') return undefined;
  const chain = chainOf(pythonStage);
  const installs = pythonStage.packages.some(
    ({ manager, action, call }) => manager === 'apt' && action === 'install' && call.script === script,
  );
  const isSwitchedOff = chain.some(
    ({ calls, writes, opaque }) =>
      opaque.length > 0 ||
      calls.some(({ words }) => words.some(({ value }) => /docker-clean|apt\.conf|Keep-Downloaded/.test(value))) ||
      writes.some(({ path }) => path.text.startsWith('/etc/apt/apt.conf')),
  );
  return installs && !isSwitchedOff ? { message: 'apt', severity: 'info', data: { target } } : undefined;
}

/** The directory that the tool uses, where it is known. */
function fixFor({ message, data }: Found, range: Report['at'], isWritten: boolean) {
  const { directory = '' } = data;
  const isRight = isWritten && directory !== '' && (message === 'tool' || message === 'elsewhere');
  return isRight ? fixOf('unsafe', 'Mount it where the tool looks', [{ range, text: directory }]) : undefined;
}
