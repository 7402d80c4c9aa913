import { chainOf, finalFacts } from '../python/facts.ts';
import type { Install, PythonStage } from '../python/model.ts';
import { hasPython } from '../python/purpose.ts';

/** What a Dockerfile is an example of, and how images of that kind are made well. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What decides whether such an image works, in a sentence or two. */
  readonly summary: string;
  /** A file to start from. */
  readonly pattern: string;
}

const AIRFLOW: Scenario = {
  id: 'airflow',
  title: 'An image that others extend (Airflow and the like)',
  summary:
    "Airflow's environment is ~/.local of its user, in group 0: install as that user, against the constraints that belong to the release, and leave HOME as it is.",
  pattern: `FROM apache/airflow:3.1.0
USER 50000:0
RUN pip install --no-cache-dir -c "$HOME/constraints.txt" apache-airflow-providers-ftp==3.13.2`,
};

const DISTROLESS: Scenario = {
  id: 'distroless',
  title: 'A final image without a shell',
  summary:
    'The venv has to name an interpreter that stands at the same path, in the same minor version, in the final image; nothing there can start a script through /bin/sh.',
  pattern: `FROM python:3.13-slim-trixie AS build
# The path at which the final image has its Python.
RUN ln -s /usr/local/bin/python3.13 /usr/bin/python3.13 && /usr/bin/python3.13 -m venv --without-pip /opt/venv
COPY requirements.txt .
RUN pip --python /opt/venv/bin/python install --no-cache-dir -r requirements.txt

FROM gcr.io/distroless/python3-debian13
COPY --from=build /opt/venv /opt/venv
COPY app /app
WORKDIR /app
USER 10001:0
ENTRYPOINT ["/opt/venv/bin/python", "-m", "app"]`,
};

const CONDA: Scenario = {
  id: 'conda',
  title: 'conda',
  summary:
    'Files of a conda environment name its prefix: make it where it is to stand, copy it to the same path, and leave the base environment to conda. Where a package has activation scripts, keep an entrypoint that activates.',
  pattern: `FROM mambaorg/micromamba:2 AS build
COPY conda-lock.yml .
RUN micromamba create --yes --prefix /opt/conda/envs/app --file conda-lock.yml && micromamba clean --all --force-pkgs-dirs --yes

FROM debian:13-slim
COPY --from=build /opt/conda/envs/app /opt/conda/envs/app
ENV CONDA_PREFIX=/opt/conda/envs/app
ENV PATH="$CONDA_PREFIX/bin:$PATH"
USER 10001:0
CMD ["python", "-m", "app"]`,
};

const OPENSHIFT: Scenario = {
  id: 'openshift',
  title: 'OpenShift and UBI',
  summary:
    'The platform starts the image as a UID that nobody knows beforehand, in group 0: what is read has to be readable for the group, what is written writable. The S2I images have their venv active already.',
  pattern: `# syntax=docker/dockerfile:1
FROM registry.access.redhat.com/ubi9/python-312
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=1001:0 --chmod=g=u . .
ENV HOME=/opt/app-root/src
USER 1001
CMD ["python", "-m", "app"]`,
};

const NESTED: Scenario = {
  id: 'nested-venv',
  title: 'A venv made from a venv',
  summary:
    'A venv that is made with the python of another one belongs to the base Python beneath both: packages of the first are not seen in it, --system-site-packages or not. A .pth file that names the site-packages of the first is the bridge that holds.',
  pattern: `RUN python -m venv /opt/tools \\
 && echo /opt/venv/lib/python3.13/site-packages > /opt/tools/lib/python3.13/site-packages/parent.pth
ENV PATH="/opt/tools/bin:/opt/venv/bin:$PATH"`,
};

const UV: Scenario = {
  id: 'uv',
  title: 'uv',
  summary:
    'UV_PROJECT_ENVIRONMENT puts the environment to a fixed path, --locked keeps to uv.lock, --no-editable lets the source stay behind; uv compiles no bytecode unless it is told to.',
  pattern: `# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS build
COPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /bin/uv
ENV UV_PYTHON_DOWNLOADS=0 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_DEV=1 UV_PROJECT_ENVIRONMENT=/opt/venv
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \\
    --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    uv sync --locked --no-install-project --no-editable
COPY . .
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-editable

FROM python:3.13-slim-trixie
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
ENV HOME=/tmp
USER 10001:0
CMD ["app"]`,
};

const POETRY: Scenario = {
  id: 'poetry',
  title: 'Poetry, Pipenv, PDM',
  summary:
    'Such a tool installs into the environment that is active, wherever it runs itself: make the environment, activate it by ENV, and keep the tool out of it and out of the final image.',
  pattern: `FROM python:3.13-slim-trixie AS build
RUN pip install --no-cache-dir poetry==2.2.1
RUN python -m venv --without-pip /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --only main --no-root --no-cache

FROM python:3.13-slim-trixie
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /app
ENV HOME=/app
COPY . .
USER 10001:0
CMD ["python", "-m", "app"]`,
};

const ALPINE: Scenario = {
  id: 'alpine',
  title: 'Alpine',
  summary:
    'musl needs wheels of its own (musllinux): where a package has none it is compiled, with a compiler in the build and without the libraries that a wheel bundles. Both stages have to be Alpine. What it saves is the base, about 70 MB (public figures); what it costs is build time.',
  pattern: `FROM python:3.13-alpine AS build
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt .
# Says at once which package has no wheel for musl.
RUN pip --python /opt/venv/bin/python install --no-cache-dir --only-binary=:all: -r requirements.txt

FROM python:3.13-alpine
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /app
ENV HOME=/app
COPY . .
USER 10001:0
CMD ["python", "-m", "app"]`,
};

const SYSTEM: Scenario = {
  id: 'debian-python',
  title: "The distribution's own Python",
  summary:
    'The package manager owns this Python and marks it. A venv of python3-venv stands apart from it; --system-site-packages is for applications that import modules which apt brings. python3-pip is not needed, and what it recommends is some 400 MB.',
  pattern: `FROM debian:13-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends python3-venv \\
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
WORKDIR /app
ENV HOME=/app
COPY . .
USER 10001:0
CMD ["python", "-m", "app"]`,
};

const OFFICIAL: Scenario = {
  id: 'pip-slim',
  title: 'pip on the official image',
  summary:
    'Two stages on the same tag: the first has the compiler and fills a venv, the second takes the venv at the same path. The venv costs what it holds; without a pip of its own next to nothing.',
  pattern: `# syntax=docker/dockerfile:1
ARG PYTHON=3.13-slim-trixie
FROM python:\${PYTHON} AS build
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \\
    pip --python /opt/venv/bin/python install --require-hashes -r requirements.txt

FROM python:\${PYTHON}
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /app
ENV HOME=/app
COPY . .
USER 10001:0
CMD ["python", "-m", "app"]`,
};

/** All of them; what a file is, is asked in this order. */
export const SCENARIOS: readonly Scenario[] = [
  ...[AIRFLOW, DISTROLESS, CONDA, NESTED, OPENSHIFT, UV, POETRY, ALPINE, SYSTEM, OFFICIAL],
];

/** What the stage that is built is an example of; undefined where no Python is in sight, or nothing is known of its image. */
export function scenarioOf(stages: readonly PythonStage[]): Scenario | undefined {
  const final = finalFacts(stages);
  if (final === undefined) return undefined;
  const { base, baseName } = final;
  const uses = (...tools: readonly Install['tool'][]) =>
    stages.some(({ installs }) => installs.some(({ tool }) => tools.includes(tool)));
  if (/(?:^|\/)airflow(?:[:@]|$)/.test(baseName)) return AIRFLOW;
  if (!/python/.test(baseName) && base?.python !== 'conda' && !stages.some(hasPython)) return undefined;
  if (/distroless|chainguard\/python/.test(baseName)) return DISTROLESS;
  if (base?.python === 'conda' || uses('conda')) return CONDA;
  if (final.known.some(({ parent }) => parent !== undefined)) return NESTED;
  if (base?.isForArbitraryUsers || /\/ubi\d*\/|\/s2i-/.test(baseName)) return OPENSHIFT;
  if (uses('uv')) return UV;
  if (uses('poetry', 'pipenv', 'pdm')) return POETRY;
  if (base?.distribution?.name === 'alpine') return ALPINE;
  if (base?.python === 'official') return OFFICIAL;
  const isDistributions = chainOf(final).some(({ base: own }) => own?.python === 'distribution');
  return isDistributions ? SYSTEM : undefined;
}
