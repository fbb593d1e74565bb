# The features of videos and of triples, by frozen encoders: each is made once and read by several experiments.


rule chmnet_multiplied:
    """Inner products of a video's frames, and of their half-masked copies with them."""
    input:
        frames=lambda wildcards: (VIDEOS["long"] | VIDEOS["single"])[wildcards.video],
    output:
        products=f"{FEATURES}/{{video}}/products.npy",
    log:
        f"{LOGS}/chmnet/products-{{video}}.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        longest=config["chmnet"]["longest"],
        code=code("workflows/scripts/multiply_frames.py"),
    script:
        "../scripts/multiply_frames.py"


rule chmnet_embedded:
    """Embeddings of a video's frames by the pretrained image encoder."""
    input:
        frames=lambda wildcards: (VIDEOS["long"] | VIDEOS["single"])[wildcards.video],
    output:
        embeddings=f"{FEATURES}/{{video}}/embeddings.npy",
    log:
        f"{LOGS}/chmnet/embeddings-{{video}}.log",
    priority: 1  # the longest jobs begin first, so that no core waits for the last of them
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        longest=config["chmnet"]["longest"],
        code=code("workflows/scripts/embed_frames.py"),
    script:
        "../scripts/embed_frames.py"


rule cmhn_encoded:
    """Features of one modality of a data set of triples, by its frozen encoder."""
    input:
        data=lambda wildcards: prepared(wildcards.triples),
    output:
        features=f"{FEATURES}/{{triples}}/{{modality}}.npy",
    log:
        f"{LOGS}/cmhn/{{triples}}-{{modality}}.log",
    wildcard_constraints:
        triples="avsynth|stamps",
        modality="|".join(MODALITIES),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("workflows/scripts/triple_features.py"),
    script:
        "../scripts/triple_features.py"
