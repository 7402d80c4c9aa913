FROM continuumio/miniconda3:24.9.2-0

LABEL maintainer="Remote sensing group <rs-group@fenlake.example>"

RUN apt-get update && apt-get install -y --no-install-recommends \
        libgl1 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /workspace
COPY environment.yml .

RUN conda env create -f environment.yml
RUN conda clean -afy

# Use the env from here on
SHELL ["/bin/bash", "--login", "-c"]
RUN conda activate peatflux

COPY requirements-extra.txt .
RUN pip install -r requirements-extra.txt

COPY peatflux/ peatflux/
COPY notebooks/ notebooks/
RUN echo "conda activate peatflux" >> ~/.bashrc

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--allow-root"]
