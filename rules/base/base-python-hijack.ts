import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import { chainOf, isKept, isOwnPython } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { installsPython3 } from '../../src/python/packages.ts';
import { replaceWord } from '../../src/shell/edit.ts';
import type { ShellWord } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, base, baseName, calls } = pythonStage;
      // Wolfi packages several Pythons side by side, and none of its tools is written in Python.
      if (base?.distribution === undefined || base.distribution.name === 'wolfi') continue;
      if (!hasDistributionPython(pythonStage)) continue;
      for (const call of calls) {
        const words = hijackOf(call);
        if (words === undefined || call.step.onbuild || isOwnPython(call.expand(words.source).text, base)) continue;
        const severity = base.distribution.layout === 'dnf' ? 'error' : 'warning';
        const isSelf = words.source.value === '/usr/local/bin/python3';
        yield {
          at: words.target.range,
          data: { path: words.target.value, source: words.source.value, base: baseName },
          severity: isKept(pythonStage) ? weighed(severity, stage, call.command) : 'info',
          fix:
            call.program === 'ln' && !isSelf
              ? fixOf('unsafe', 'Put the link into /usr/local/bin', [
                  replaceWord(words.target, '/usr/local/bin/python3'),
                ])
              : undefined,
        };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    const path = '/usr/bin/python3';
    const link = image.files.resolve(path, { last: 'keep' }).node?.inode;
    const owner = image.packages.owner(path)?.package;
    if (link === undefined || owner === undefined || !image.isOwn(link.layer)) return;
    const { path: real, node } = image.files.resolve(path);
    const interpreter = image.python.interpreters.find((one) => one.path === real);
    // The package says which version it is for; an alternative of another one is no better than a foreign Python.
    const packaged = image.packages.databases
      .flatMap(({ packages }) => packages)
      .find(({ name }) => name === owner)?.version;
    const wanted = /^(?:\d+:)?(\d\.\d+)/.exec(packaged ?? '')?.[1];
    const isOther = interpreter !== undefined && wanted !== undefined && interpreter.version !== wanted;
    if (
      node === undefined ||
      (interpreter?.kind === 'distribution' && !isOther) ||
      (interpreter === undefined && /^\/usr\/bin\/python3\.\d+$/.test(real))
    )
      return;
    yield { path, layer: link.layer, data: { path, source: real, package: owner }, message: 'image' };
  },
});

function hasDistributionPython(pythonStage: PythonStage): boolean {
  if (pythonStage.base?.hasDistributionPython === true) return true;
  const isInstalled = chainOf(pythonStage).some(({ packages }) => packages.some(installsPython3));
  // Not known for an image whose own Python is the distribution's: it is there.
  return (
    isInstalled || (pythonStage.base?.python === 'distribution' && pythonStage.base.hasDistributionPython === undefined)
  );
}

/** A command that puts another program in the place of /usr/bin/python3. */
function hijackOf({ program, operands, words }: Call): { source: ShellWord; target: ShellWord } | undefined {
  const isTarget = (word: ShellWord | undefined) => /^(?:\/usr)?\/bin\/python3$/.test(word?.value ?? '');
  let source: ShellWord | undefined;
  let target: ShellWord | undefined;
  if (program === 'ln' || program === 'cp' || program === 'mv') {
    if (operands.length !== 2) return undefined;
    [source, target] = operands;
  } else if (program === 'update-alternatives' || program === 'alternatives') {
    const at = words.findIndex((word) => word.value === '--install');
    if (at === -1) return undefined;
    target = words[at + 1];
    source = words[at + 3];
  }
  return source !== undefined && target !== undefined && isTarget(target) ? { source, target } : undefined;
}
