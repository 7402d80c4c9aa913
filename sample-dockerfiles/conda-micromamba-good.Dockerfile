# syntax=docker/dockerfile:1
FROM mambaorg/micromamba:2.6.1 AS env

# /opt is root's; nothing from this user ends up in the final stage
USER root

# explicit lock, regenerate with `make lock`
COPY conda-linux-64.lock /tmp/conda-linux-64.lock
RUN micromamba create --yes --prefix /opt/env --file /tmp/conda-linux-64.lock \
    && micromamba clean --all --force-pkgs-dirs --yes

FROM debian:trixie-slim

RUN install -d -o 10001 -g 0 -m 0775 /srv/rainfall

# same prefix on both sides, conda packages have it baked in
COPY --from=env /opt/env /opt/env
ENV CONDA_PREFIX=/opt/env
ENV PATH="$CONDA_PREFIX/bin:$PATH"

WORKDIR /srv/rainfall
ENV HOME=/srv/rainfall \
    OMP_NUM_THREADS=1
COPY --chown=0:0 rainfall/ ./rainfall/

USER 10001:0
ENTRYPOINT ["/opt/env/bin/python", "-m", "rainfall"]
CMD ["nowcast", "--region", "north"]
