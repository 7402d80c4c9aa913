import { removePair } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { moduleCall } from '../../src/python/environments.ts';
import type { PythonEnvironment } from '../../src/python/model.ts';
import { isTruthy, optionOf, parseOptions, venvGrammar, virtualenvGrammar } from '../../src/python/options.ts';
import { removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { environments, settings, calls } of file.python.stages) {
      const seen = new Set<number>();
      for (const environment of environments) {
        const { call, original, kind } = environment;
        if (call === undefined || original !== undefined || (kind !== 'venv' && kind !== 'virtualenv')) continue;
        const words = moduleCall(call.words)?.rest ?? call.words.slice(1);
        const line = parseOptions(words, kind === 'venv' ? venvGrammar() : virtualenvGrammar());
        const option = optionOf(line, 'copies');
        if (option === undefined || seen.has(option.word.range.start)) continue;
        seen.add(option.word.range.start);
        yield {
          at: option.word.range,
          data: { option: option.word.value },
          severity: 'info',
          fix: fixOf(isCopied(file, environment) ? 'unsafe' : 'safe', 'Leave the option out', [
            removeWord(file, call.command, option.word),
          ]),
        };
      }
      for (const { name, value, pair, by, instruction } of settings)
        if (name === 'POETRY_VIRTUALENVS_OPTIONS_ALWAYS_COPY' && isTruthy(value.text))
          yield {
            at: pair.range,
            data: { option: `${name}=${value.text}` },
            severity: 'info',
            fix: by === 'ENV' ? fixOf('safe', 'Delete the variable', [removePair(file, instruction, pair)]) : undefined,
          };
      for (const { program, operands } of calls) {
        const [verb, key, value] = operands;
        if (
          program === 'poetry' &&
          verb?.value === 'config' &&
          key?.value === 'virtualenvs.options.always-copy' &&
          isTruthy(value?.value ?? '')
        )
          yield { at: key.range, data: { option: key.value }, severity: 'info' };
      }
    }
  },
});

/** The environment goes into another stage, where its interpreter may stand elsewhere. */
function isCopied(file: DockerfileModel, environment: PythonEnvironment): boolean {
  return file.python.stages.some(({ environments }) => environments.some(({ original }) => original === environment));
}
