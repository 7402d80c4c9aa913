# syntax=docker/dockerfile:1
# Storm surge model: an environment from an explicit lock file, frozen, and no conda in the image that runs.
FROM condaforge/miniforge3:25.3.0-3 AS env

COPY conda-linux-64.lock /tmp/conda-linux-64.lock
RUN conda create --yes --prefix /opt/surge --file /tmp/conda-linux-64.lock \
    && conda clean --all --force-pkgs-dirs --yes \
    && echo '{"message": "change conda-linux-64.lock and build anew"}' > /opt/surge/conda-meta/frozen

FROM debian:trixie-slim

# the prefix is written into the packages, so it stays what it was
COPY --from=env /opt/surge /opt/surge
ENV CONDA_PREFIX=/opt/surge
ENV PATH="$CONDA_PREFIX/bin:$PATH"

RUN install -d -o 10001 -g 0 -m 0775 /var/lib/surge
WORKDIR /var/lib/surge
ENV HOME=/var/lib/surge \
    PROJ_DATA=/opt/surge/share/proj
COPY --chown=0:0 surge/ /srv/surge/surge/

USER 10001:0
ENTRYPOINT ["/opt/surge/bin/python", "/srv/surge/surge/main.py"]
CMD ["--grid", "north-sea"]
