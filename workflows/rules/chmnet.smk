# Hopfield networks with continuous-time memories: the experiments of the paper and past it.

rule chmnet_multiplied:
    """Inner products of a video's frames, and of their half-masked copies with them."""
    input:
        frames=lambda wildcards: VIDEOS[wildcards.video],
        sources=tracked("packages/chmnet/src/chmnet/products.py"),
        script=tracked("workflows/scripts/video_features.py"),
    output:
        f"{FEATURES}/{{video}}/products.npy",
    log:
        f"{LOGS}/chmnet/products-{{video}}.log",
    params:
        longest=config["chmnet"]["longest"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/video_features.py"


rule chmnet_embedded:
    """Embeddings of a video's frames by the pretrained image encoder."""
    input:
        frames=lambda wildcards: VIDEOS[wildcards.video],
        sources=tracked("packages/chmnet/src/chmnet/embeddings.py"),
        script=tracked("workflows/scripts/video_features.py"),
    output:
        f"{FEATURES}/{{video}}/embeddings.npy",
    log:
        f"{LOGS}/chmnet/embeddings-{{video}}.log",
    params:
        longest=config["chmnet"]["longest"],
    priority: 1  # the longest jobs begin first, so that no core waits for the last of them
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/video_features.py"


rule chmnet_dynamics:
    """Fig. 1: energy contours and trajectories of discrete and continuous memories in the plane."""
    input:
        **experiment_inputs("chmnet", "dynamics", "curves"),
    output:
        **experiment_outputs(
            "chmnet", "dynamics", figures=["contours"], tables=["landings"]
        ),
    log:
        f"{LOGS}/chmnet/dynamics.ipynb",
    params:
        settings=video_settings("dynamics"),
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
        **experiment_inputs("chmnet", "frames", "clips", "walks", "games"),
        products=video_features("products", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "frames", figures=["similarity", "retrieved", "headline"], tables=["similarity_table"]
        ),
    log:
        f"{LOGS}/chmnet/frames.ipynb",
    params:
        settings=video_settings("frames", LONG_VIDEOS) | {"files": LONG_VIDEOS},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=6000,
        runtime=120,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_embeddings:
    """Fig. 3: retrieval of noisy frame embeddings against the number of basis functions."""
    input:
        **experiment_inputs("chmnet", "embeddings"),
        embeddings=video_features("embeddings", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "embeddings", figures=["similarity"], tables=["similarity_table", "gains"]
        ),
    log:
        f"{LOGS}/chmnet/embeddings.ipynb",
    params:
        settings=video_settings("embeddings", LONG_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_integration:
    """Fig. 4: retrieval against the number of integration points."""
    input:
        **experiment_inputs("chmnet", "integration"),
        products=video_features("products", LONG_VIDEOS),
        embeddings=video_features("embeddings", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "integration", figures=["points"], tables=["points_table"]
        ),
    log:
        f"{LOGS}/chmnet/integration.ipynb",
    params:
        settings=video_settings("integration", LONG_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_degradation:
    """Section 6: what makes retrieval worse as the size of a memory nears the number of frames."""
    input:
        **experiment_inputs("chmnet", "degradation"),
        products=video_features("products", LONG_VIDEOS),
        embeddings=video_features("embeddings", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "degradation", figures=["ladder"], tables=["suspects", "drops"]
        ),
    log:
        f"{LOGS}/chmnet/degradation.ipynb",
    params:
        settings=video_settings("degradation", LONG_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_allocation:
    """Section 6: adaptive bins and learnt bases against uniform bins."""
    input:
        **experiment_inputs("chmnet", "allocation"),
        products=video_features("products", SINGLE_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "allocation", figures=["edges", "gains"], tables=["allocations", "tests"]
        ),
    log:
        f"{LOGS}/chmnet/allocation.ipynb",
    params:
        settings=video_settings("allocation", SINGLE_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_streaming:
    """Memories that take frames as they come against the fit to all of them."""
    input:
        **experiment_inputs("chmnet", "streaming"),
        embeddings=video_features("embeddings", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "streaming", figures=["recall"], tables=["streams"]
        ),
    log:
        f"{LOGS}/chmnet/streaming.ipynb",
    params:
        settings=video_settings("streaming", LONG_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_capacity:
    """Section 6: how many frames of white, smooth and real signals a memory of fixed size gives back."""
    input:
        **experiment_inputs("chmnet", "capacity"),
        embeddings=video_features("embeddings", LONG_VIDEOS),
    output:
        **experiment_outputs(
            "chmnet", "capacity", figures=["recalled"], tables=["capacity_table"]
        ),
    log:
        f"{LOGS}/chmnet/capacity.ipynb",
    params:
        settings=video_settings("capacity", LONG_VIDEOS),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_layer:
    """Section 6: a layer with a continuous memory against its discrete twin, trained end to end."""
    input:
        **experiment_inputs("chmnet", "layer", "mnist"),
    output:
        **experiment_outputs(
            "chmnet", "layer", figures=["film", "accuracy", "training"], tables=["accuracy_table", "tests"]
        ),
    log:
        f"{LOGS}/chmnet/layer.ipynb",
    params:
        settings=video_settings("layer"),
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule chmnet_scaling:
    """What memories cost: numbers held and operations a query, against length, size and similarity."""
    input:
        **experiment_inputs("chmnet", "scaling"),
        embeddings=video_features("embeddings", LONG_VIDEOS),
        frames=rules.chmnet_frames.output.metrics,
        similarities=rules.chmnet_embeddings.output.metrics,
    output:
        **experiment_outputs(
            "chmnet", "scaling", figures=["cost", "tradeoff"], tables=["cost_table", "tradeoff_table"]
        ),
    log:
        f"{LOGS}/chmnet/scaling.ipynb",
    params:
        settings=lambda wildcards, input: video_settings("scaling", LONG_VIDEOS)
        | {"frames": input.frames, "embeddings": input.similarities},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


EXPERIMENTS += [
    rules.chmnet_dynamics.output,
    rules.chmnet_frames.output,
    rules.chmnet_embeddings.output,
    rules.chmnet_integration.output,
    rules.chmnet_degradation.output,
    rules.chmnet_allocation.output,
    rules.chmnet_streaming.output,
    rules.chmnet_capacity.output,
    rules.chmnet_layer.output,
    rules.chmnet_scaling.output,
]
