import type { BuildContext } from '../../src/dockerfile/context.ts';
import { joinPath } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';
import { contextPath } from '../../src/python/copied.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isOn } from '../../src/python/settings.ts';
import { optionPath } from '../../src/python/targets.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { installs, copies } of file.python.stages) {
      for (const install of installs) {
        const { tool, label, action, line, setting } = install;
        if ((tool !== 'pip' && label !== 'uv pip') || (action !== 'install' && action !== 'sync')) continue;
        if (isOn(setting('require-hashes'))) continue;
        for (const option of line.options) {
          if (option.name !== 'requirement' && option.name !== 'requirements') continue;
          const { text: name, known } = optionPath(option, install.call);
          if (!/\.txt$/.test(name) || !known) continue;
          const text = file.context && textOf(install, name, copies, file.context);
          if (text?.includes('--hash')) continue;
          const { range } = option.valueWord ?? option.word;
          yield { at: range, data: { file: name }, confidence: text === undefined ? 'low' : 'high' };
        }
      }
    }
  },
});

/** The requirements file as the context has it; undefined where that is not known. */
function textOf(
  install: Install,
  name: string,
  copies: PythonStage['copies'],
  context: BuildContext,
): string | undefined {
  const path = joinPath(install.call.cwd, { text: name, known: true }).text;
  const source = contextPath(path, copies, install.order);
  return source === undefined ? undefined : context.read(source);
}
