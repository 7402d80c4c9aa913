import { type Flag, flagOf } from '../../src/dockerfile/instructions.ts';
import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import { copiedPackages } from '../../src/python/copied.ts';
import { chainOf, factsOf, rootOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<Flag>();
    for (const pythonStage of file.python.stages) {
      for (const { copy } of copiedPackages(pythonStage, file.python.stages)) {
        const source = factsOf(copy.from, file.python.stages);
        const flag = source && flagOf(rootOf(source), 'platform');
        if (source === undefined || flag === undefined || seen.has(flag) || isSamePlatform(flag, pythonStage)) continue;
        if (knowsTarget(source)) continue;
        seen.add(flag);
        yield {
          at: flag.range,
          data: { stage: source.stage.name ?? String(source.stage.index) },
          severity: weighed('error', pythonStage.stage),
          fix: fixOf('unsafe', 'Build for the platform of the image', [
            { range: { start: flag.range.start, end: endWithBlanks(file.text, flag.range.end) }, text: '' },
          ]),
        };
      }
    }
  },
  bodies: [{ glob: '**/site-packages/**/*.so', limit: 64 }],
  *image(image) {
    const architecture = image.config?.platform?.split('/')[1] ?? '';
    const wanted = MACHINES.get(architecture);
    if (wanted === undefined) return;
    for (const { path: venv, layer } of image.python.environments) {
      if (!image.isOwn(layer)) continue;
      for (const { path, node } of image.files.below(venv)) {
        const { body } = node.inode;
        // e_machine of the ELF header (elf(5)), little-endian on all of these.
        if (!path.endsWith('.so') || body === undefined || body.length < 20 || body.toString('latin1', 1, 4) !== 'ELF')
          continue;
        const machine = body.readUInt16LE(18);
        const other = [...MACHINES].find(([, number]) => number === machine)?.[0];
        if (machine === wanted || other === undefined) continue;
        yield { path, layer, data: { venv, from: other, to: architecture }, message: 'image' };
        break;
      }
    }
  },
});

/** Numbers of processors in ELF headers, by the names that images give them (GOARCH). */
const MACHINES: ReadonlyMap<string, number> = new Map([
  ['386', 3],
  ['arm', 40],
  ['amd64', 62],
  ['arm64', 183],
  ['riscv64', 243],
]);

function endWithBlanks(text: string, end: number): number {
  let at = end;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** Both stages ask for the same platform, or the flag says what is the default. */
function isSamePlatform(flag: Flag, stage: PythonStage): boolean {
  if (/TARGET/.test(flag.value)) return true;
  return flagOf(rootOf(stage), 'platform')?.value === flag.value;
}

/** The stage installs for another platform than its own on purpose. */
function knowsTarget(source: PythonStage): boolean {
  return chainOf(source).some(
    ({ installs, stage }) =>
      installs.some(
        ({ line }) => optionOf(line, 'platform') !== undefined || optionOf(line, 'python-platform') !== undefined,
      ) ||
      stage.steps.some(
        ({ instruction }) =>
          instruction.keyword === 'RUN' && /\bTARGET(?:ARCH|PLATFORM|OS|VARIANT)\b/.test(instruction.logical.text),
      ),
  );
}
