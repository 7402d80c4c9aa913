# Notebook image for the glacier course; students get it through the hub.
FROM continuumio/miniconda3:25.3.1-1

RUN apt-get update \
    && apt-get install -y libgeos-dev proj-bin \
    && rm -rf /var/lib/apt/lists/*

# everything in base, so nobody has to remember an environment's name
RUN conda config --add channels conda-forge \
    && conda install -y python=3.12 xarray rioxarray jupyterlab
RUN conda install -y -n base dask matplotlib

# the forecasting part needs an older pandas
RUN python -m venv /opt/forecast \
    && /opt/forecast/bin/pip install --no-cache-dir "pandas<2" prophet==1.1.6

RUN pip install icefront-tools

RUN conda clean --all --yes
RUN conda init bash && echo "conda activate base" >> /root/.bashrc

WORKDIR /course
COPY notebooks/ notebooks/

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--allow-root"]
