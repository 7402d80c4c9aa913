import { insertLines } from '../../src/dockerfile/edit.ts';
import { normalizePath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Severity, weighed } from '../../src/engine/rule.ts';
import type { Variable } from '../../src/python/call.ts';
import { isInterpreterPrefix } from '../../src/python/environments.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<number>();
    for (const pythonStage of file.python.stages) {
      for (const { label, line, call, range, command } of pythonStage.installs) {
        // `uv add` and `uv run` remove nothing.
        if (label !== 'uv sync' || optionOf(line, 'inexact') !== undefined) continue;
        const variable = call.variable('UV_PROJECT_ENVIRONMENT');
        if (variable?.range === undefined || seen.has(variable.range.start)) continue;
        const path = prefixOf(variable);
        if (path === undefined) continue;
        seen.add(variable.range.start);
        yield {
          at: variable.range,
          data: { path, base: pythonStage.baseName },
          message: isStopped(path, pythonStage) ? 'stops' : undefined,
          severity: weighed(severityOf(path, pythonStage), pythonStage.stage, command),
          confidence: pythonStage.base === undefined ? 'medium' : undefined,
          related: [{ message: 'this works on it', range }],
          fix: toVenv(file, variable),
        };
      }
    }
  },
});

/** The prefix of an interpreter that the variable names, as far as it is one. */
function prefixOf({ value }: Variable): string | undefined {
  if (/\$\(.*python.*prefix|\$\(.*python.*sysconfig/.test(value.text)) return value.text;
  const path = normalizePath(value.text);
  return value.known && isInterpreterPrefix(path) ? path : undefined;
}

/** uv removes what the distribution's own tools need, or only what the image had besides. */
function severityOf(path: string, { base }: PythonStage): Severity {
  if (base === undefined || path === '/opt/conda') return 'warning';
  return base.python === 'official' && path !== '/usr' ? 'warning' : 'error';
}

/** uv takes a directory that is neither an environment nor the prefix of the Python it runs on only while it is empty. */
function isStopped(path: string, { base }: PythonStage): boolean {
  return base?.python === 'distribution' && path === '/usr/local';
}

function toVenv(file: DockerfileModel, { setting }: Variable): Fix | undefined {
  const value = setting?.pair.value;
  if (setting?.by !== 'ENV' || value === undefined || !/^\/[\w./-]*$/.test(value.text)) return undefined;
  return fixOf('unsafe', 'Use /opt/venv as project environment', [
    { range: value.range, text: '/opt/venv' },
    insertLines(file, setting.instruction, 'after', ['ENV PATH="/opt/venv/bin:$PATH"']),
  ]);
}
