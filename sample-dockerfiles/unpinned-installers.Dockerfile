# Developer image of the routing team: every installer that one of us likes.
FROM python:3.13-slim

RUN apt-get update && apt-get install -y --no-install-recommends curl git \
    && rm -rf /var/lib/apt/lists/*

COPY --from=ghcr.io/astral-sh/uv /uv /uvx /bin/
RUN curl -sSL https://install.python-poetry.org | python3 -
RUN curl -LsSf https://astral.sh/uv/install.sh | sh
RUN pip install --no-cache-dir --upgrade pip setuptools wheel
RUN pip install --no-cache-dir pdm pipx

WORKDIR /work
RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

# newest of everything, we want to see breakage early
RUN pip install --no-cache-dir pytest ruff "mypy>=1.8" \
    git+https://git.routewise.example/lib/graphs.git@main

COPY pyproject.toml uv.lock ./
RUN uv sync --active --no-cache

CMD ["bash"]
