# Hopfield networks with continuous-time memories: the experiments of the paper and past it.


rule chmnet_dynamics:
    """Fig. 1: energy contours and trajectories of discrete and continuous memories in the plane."""
    input:
        **experiment_inputs("chmnet", "dynamics", "curves"),
    output:
        **experiment_outputs("chmnet", "dynamics", figures=["contours"], tables=["landings"]),
    log:
        f"{LOGS}/chmnet/dynamics.ipynb",
    params:
        settings=config["chmnet"]["dynamics"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_frames:
    """Fig. 2: retrieval of half-masked video frames against the number of basis functions."""
    input:
        **experiment_inputs("chmnet", "frames", "clips"),
    output:
        **experiment_outputs(
            "chmnet", "frames", figures=["similarity", "retrieved", "headline"], tables=["similarity_table"]
        ),
    log:
        f"{LOGS}/chmnet/frames.ipynb",
    params:
        settings=config["chmnet"]["frames"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=6000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"
