import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import { chainOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { isPythonProgram, startsOf } from '../../src/python/starts.ts';
import { removeCommand } from '../../src/shell/edit.ts';
import { permission } from '../../src/shell/permissions.ts';

const ACCOUNT_FILES = /^\/etc\/(?:passwd|group)$/;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const call of pythonStage.calls) {
        if (call.program !== 'chmod' || call.step.instruction.keyword !== 'RUN') continue;
        const [mode, ...paths] = call.operands;
        const word = paths.find(({ value }) => ACCOUNT_FILES.test(value));
        if (mode === undefined || word === undefined || !opens(mode.value)) continue;
        yield {
          at: word.range,
          data: { mode: mode.value, path: word.value },
          severity:
            isKept(pythonStage) && !isRootForAll(pythonStage)
              ? weighed('warning', pythonStage.stage, call.command)
              : 'info',
          // Where everybody may become root by sudo, the line adds nothing.
          confidence: isRootForAll(pythonStage) ? 'low' : undefined,
          fix: paths.every(({ value }) => ACCOUNT_FILES.test(value)) ? withoutIt(file, call, pythonStage) : undefined,
        };
      }
    }
  },
  *image(image) {
    for (const path of ['/etc/passwd', '/etc/group']) {
      const inode = image.files.find(path)?.inode;
      if (inode === undefined || !image.isOwn(inode.layer) || (inode.mode & 0o022) === 0) continue;
      yield {
        path,
        layer: inode.layer,
        data: { path, mode: (inode.mode & 0o7777).toString(8).padStart(4, '0') },
        message: 'image',
      };
    }
  },
});

/** `ALL ALL=(ALL) NOPASSWD: ALL`. */
function isRootForAll({ calls }: PythonStage): boolean {
  return calls.some(({ words }) => words.some(({ value }) => /\bALL\b.*NOPASSWD:\s*ALL/.test(value)));
}

function opens(mode: string): boolean {
  return permission(mode, 'g', 'w') === true || permission(mode, 'o', 'w') === true;
}

/** A script that the image starts may append a line for the user it finds itself as. */
function withoutIt(file: DockerfileModel, { step, command }: Call, pythonStage: PythonStage): Fix | undefined {
  const final = file.python.final ?? pythonStage;
  const { entrypoint, cmd } = startsOf(final);
  const starts = [...(entrypoint?.calls ?? []), ...(cmd?.calls ?? [])];
  // sudoers may name the user that only the start script's line brings.
  const namesUsers = chainOf(final).some(({ writes }) =>
    writes.some(({ path }) => path.text.startsWith('/etc/sudoers')),
  );
  const isPlain = starts.length > 0 && starts.every(({ program }) => isPythonProgram(program));
  if (!isPlain && namesUsers) return undefined;
  return fixOf(isPlain ? 'safe' : 'unsafe', 'Leave the file as it is', [removeCommand(file, step, command)]);
}
