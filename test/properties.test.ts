import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rules } from '../rules/registry.generated.ts';
import { ruleFiles } from '../scripts/rule-files.ts';
import { readDockerfile } from '../src/dockerfile/reader.ts';
import { fixText } from '../src/engine/fix.ts';
import { lintText } from '../src/engine/lint.ts';

const root = join(import.meta.dirname, '..');

/** One instruction each, of the kinds that people write: they meet in any order, and many rules look at what two of them do together. */
const instructions = [
  'FROM python:3.13-slim AS build',
  'FROM python:3.12-alpine AS final',
  'FROM --platform=$BUILDPLATFORM python:3.13 AS cross',
  'FROM ubuntu:24.04',
  'FROM registry.access.redhat.com/ubi9/python-312:9.6',
  'FROM continuumio/miniconda3:25.3.1-1',
  'FROM mambaorg/micromamba:2.6.1',
  'ARG UID=10001',
  'RUN conda install -y -n base -c conda-forge gdal && conda clean -afy',
  'RUN conda env create -f environment.yml -p /opt/env && conda init bash',
  'RUN micromamba create -y -p /opt/env -f conda-lock.yml',
  'RUN . /opt/conda/etc/profile.d/conda.sh && conda activate app && pip install celery',
  'ENV CONDA_DEFAULT_ENV=app CONDA_PREFIX=/opt/conda/envs/app',
  'RUN pip install poetry && poetry config virtualenvs.create false && poetry install --only main',
  'ENV POETRY_VIRTUALENVS_CREATE=false POETRY_VIRTUALENVS_IN_PROJECT=1',
  'RUN curl -sSL https://install.python-poetry.org | python3 -',
  'RUN curl -LsSf https://astral.sh/uv/install.sh | sh && uv python install 3.13',
  'RUN pip install pipenv && pipenv install --system --deploy',
  'RUN PIPENV_VENV_IN_PROJECT=1 pipenv sync; pipenv run python -m app.setup',
  'ENV UV_PROJECT_ENVIRONMENT=/usr/local UV_SYSTEM_PYTHON=1',
  'RUN uv sync --no-dev',
  'RUN --mount=type=cache,target=/root/.cache/uv,uid=$UID uv sync --frozen --no-install-project && uv pip install --system -e .',
  'COPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /usr/local/bin/',
  'COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages',
  'COPY --from=build --chown=app:app /root/.local /home/app/.local',
  'COPY --from=build --chown=${UID} --chmod=640 /opt/venv /opt/venv',
  'COPY --from=build ["/root/.local/share/uv", "/root/.local/share/uv"]',
  'COPY --chown=1001:0 --chmod=g=u .venv /app/.venv',
  'COPY . .',
  'WORKDIR /app',
  'RUN python3 -m venv --copies /opt/venv && /opt/venv/bin/pip install -r requirements.txt -e .',
  'RUN virtualenv -p python3.12 /opt/child --system-site-packages && /opt/child/bin/pip install --user tox',
  'RUN groupadd -r app && useradd -r -g app --uid $UID -m app && chown -R app:app /opt/venv /app',
  'RUN chmod -R 777 /opt/venv && chmod g=u /etc/passwd && chgrp -R 0 /app \\\n    # group 0 is what the cluster gives us\n    && chmod -R g=u /app',
  'RUN umask 077 && python -m venv /opt/venv',
  'USER app',
  'USER ${UID}:0',
  'RUN sudo -E pip install --upgrade pip && sudo -u app python -m app.migrate',
  'RUN su - app -c "python -m app.collect" && sudo -i -u app ./run.sh',
  "RUN echo '*/5 * * * * python /app/job.py' | crontab -",
  'RUN echo "source /opt/venv/bin/activate" >> ~/.bashrc && printf "%s\\n" "PATH=/opt/venv/bin" >> /etc/profile.d/app.sh',
  'COPY <<EOF /etc/cron.d/app\n15 3 * * * root cd /app && python -m app.night\nEOF',
  'SHELL ["/bin/bash", "-lc"]',
  'ENTRYPOINT ["sh", "-c", ". /opt/venv/bin/activate && python -m app \\"$@\\"", "--"]',
  'ENTRYPOINT ["bash", "-lc", "gunicorn app:app"]',
  'CMD gunicorn --bind :8000 app.wsgi && echo bye',
  'CMD ["sudo", "-E", "python", "-m", "app"]',
  'RUN apt-get update && apt-get install -y build-essential python3-dev python3-pip python3-numpy && rm -rf /var/lib/apt/lists/*',
  'RUN apk add --no-cache gcc musl-dev libffi-dev && pip install cryptography && apk del gcc musl-dev',
  'RUN dnf -y install gcc python3-devel && dnf clean all',
  'RUN rm -rf /root/.cache /tmp/build /opt/venv/lib/python3.13/site-packages/tests',
  'RUN apt-get purge -y --auto-remove build-essential && pip uninstall -y pip setuptools',
  'ENV PATH=$PATH:/opt/venv/bin',
  'ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:/usr/bin BASH_ENV=/root/.bashrc',
  'ENV PYTHONPATH=/opt/venv/lib/python3.12/site-packages PYTHONDONTWRITEBYTECODE=1 PIP_USER=1',
  'ENV PIP_NO_WARN_ABOUT_ROOT_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_TARGET=/opt/libs',
  'RUN ln -sf /usr/local/bin/python3.13 /usr/bin/python3 && curl -sS https://bootstrap.pypa.io/get-pip.py | python3',
  'RUN find / -name EXTERNALLY-MANAGED -delete; pip3 install --ignore-installed --break-system-packages requests',
  'ONBUILD RUN pip install -r requirements.txt && chown -R app /opt/venv',
];

/** Lines that rules have something to say of, in any order and with accidents between them. */
const lines = [
  ...readdirSync(join(root, 'sample-dockerfiles'))
    .filter((name) => name.endsWith('.Dockerfile'))
    .flatMap((name) => readFileSync(join(root, 'sample-dockerfiles', name), 'utf8').split('\n')),
  ...ruleFiles(root).flatMap(({ examples }) =>
    examples.flatMap(({ bad, good }) => `${bad ?? ''}\n${good ?? ''}`.split('\n')),
  ),
  // Some sixty among thousands: repeated, so that they meet one another.
  ...Array.from({ length: 60 }, () => instructions).flat(),
];

const accident = fc.constantFrom(
  '\\',
  '\r',
  '\t',
  '#',
  '<<EOF',
  'EOF',
  '"',
  "'",
  '`',
  '$(',
  '${',
  '}',
  '&&',
  ';',
  '\u00a0',
  '\ufeff',
  '\u0000',
  '[',
  ']',
  '|',
  '>',
  'é',
  '  ',
);
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...lines) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...lines), accident, fc.nat(200))
      .map(([text, what, at]) => text.slice(0, at) + what + text.slice(at)),
  },
);
const dockerfile = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, newline, hasFrom]) => (hasFrom ? ['FROM debian:12', ...all] : all).join(newline));

const options = { numRuns: 700, verbose: 1 };

test('reading and checking any text never throws, and every range lies inside it', () => {
  fc.assert(
    fc.property(fc.oneof(dockerfile, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      const { findings, failures } = lintText(text, rules, { pedantic: true });
      expect(failures).toEqual([]);
      for (const { range, fix, related } of findings) {
        for (const { start, end } of [
          range,
          ...related.map((other) => other.range),
          ...(fix?.edits ?? []).map((edit) => edit.range),
        ]) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }
    }),
    options,
  );
});

test('instructions stand in order, each slice of a logical line is the file’s', () => {
  fc.assert(
    fc.property(dockerfile, (text) => {
      let end = 0;
      for (const { name, range, logical } of readDockerfile(text).instructions) {
        expect(text.slice(name.range.start, name.range.end)).toContain(name.text[0] ?? '');
        expect(range.start).toBeGreaterThanOrEqual(end);
        end = range.end;
        logical.forEachSlice(0, logical.text.length, (slice, source) =>
          expect(text.slice(source, source + slice.length)).toBe(slice),
        );
      }
    }),
    options,
  );
});

for (const unsafe of [false, true]) {
  test(`${unsafe ? 'unsafe' : 'safe'} fixes come to an end, a second run changes nothing, no new error, no comment lost`, () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        const { text: mended, bug } = fixText(text, rules, { pedantic: true, unsafe });
        expect(bug).toBeUndefined();
        expect(fixText(mended, rules, { pedantic: true, unsafe }).text).toBe(mended);
        const before = readDockerfile(text);
        const after = readDockerfile(mended);
        expect(after.problems.length).toBeLessThanOrEqual(before.problems.length);
        const comments = after.comments.map((comment) => comment.text);
        // Ours go where they silence nothing.
        for (const { text: comment } of before.comments)
          if (!/^plimsoll:/.test(comment)) expect(comments).toContain(comment);
        expect(mended.endsWith('\n')).toBe(text.endsWith('\n'));
      }),
      options,
    );
  });
}
