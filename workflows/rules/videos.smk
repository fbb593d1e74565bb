# The videos that experiments on continuous-time memories see, and their features.


def _arrays(dataset):
    """The prepared videos of a data set by name: its frames are one array each."""
    return {f"{dataset}-{Path(path).stem}": [path] for path in prepared(dataset) if path.endswith(".npy")}


# Every video by name with the files that hold its frames. Those of the long ones are thousands; short clips take part
# alone where a few hundred frames are enough, and strung together as one long video where they are not.
_CLIPS = _arrays("clips")
_OWN = {f"own-{path.stem}": [str(path)] for path in own_videos(config["chmnet"]["own_videos"])}
VIDEOS = {
    "long": _arrays("walks") | _arrays("games") | {"clips": sum(_CLIPS.values(), [])} | _OWN,
    "single": _arrays("walks") | _arrays("games") | _CLIPS | _OWN,
}


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
