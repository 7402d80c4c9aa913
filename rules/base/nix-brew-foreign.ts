import { defineRule, weighed } from '../../src/engine/rule.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isLedElsewhere } from '../../src/python/targets.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, baseName, installs, environments } = pythonStage;
      for (const install of installs) {
        const { tool, action, range, command } = install;
        if (tool === 'pip' && action === 'install' && isNixPip(install, pythonStage))
          yield {
            at: range,
            data: { base: baseName },
            message: 'nix-pip',
            severity: weighed('warning', stage, command),
          };
        else if (tool === 'nix' && !isPinned(install, pythonStage)) {
          const data = { command: command.words.map((word) => word.text).join(' ') };
          yield { at: command.range, data, severity: weighed('warning', stage, command) };
        }
      }
      for (const { call } of environments) {
        const python = call?.words[0];
        if (call !== undefined && call.step.stage === stage && python?.value.includes('/Cellar/'))
          yield { at: python.range, message: 'brew', severity: weighed('warning', stage, call.command) };
      }
    }
  },
  *image(image) {
    const foreign = image.distributions.find(
      ({ site, installer, environment, layer }) =>
        environment === undefined &&
        installer === 'pip' &&
        image.isOwn(layer) &&
        /^\/nix\/store\/|\/Cellar\/python@/.test(site),
    );
    if (foreign !== undefined)
      yield { path: foreign.path, layer: foreign.layer, data: { site: foreign.site }, message: 'image' };
  },
});

function isNixPip({ target, setting }: Install, { stage }: PythonStage): boolean {
  const repository = stage.base.kind === 'image' ? stage.base.text : '';
  if (!/^(?:docker\.io\/)?(?:nixos|nixpkgs)\//.test(repository)) return false;
  if (isLedElsewhere({ setting })) return false;
  return target.kind === 'unknown' || target.kind === 'base';
}

/** From a file or an address of its own, or with a channel that a fixed address was added for. */
function isPinned({ command }: Install, { calls }: PythonStage): boolean {
  const at = command.words.findIndex((word) => /^(?:-f|--file)$/.test(word.value));
  if (at !== -1 && !command.words[at + 1]?.value.startsWith('<')) return true;
  return calls.some(
    ({ program, words }) =>
      program === 'nix-channel' &&
      words.some((word) => /^https?:.*(?:[0-9a-f]{40}|\/nixos-\d\d\.\d\d\.\d)/.test(word.value)),
  );
}
