# Cross-modal harmonic networks: the experiments of the proposal.

rule cmhn_encoded:
    """Features of one modality of a data set of triples, by its frozen encoder."""
    input:
        data=lambda wildcards: prepared(wildcards.triples),
        sources=tracked("packages/cmhn/src/cmhn/features.py", "packages/cmhn/src/cmhn/triples.py")
        + sources("cmhn", under="encoders"),
        script=tracked("workflows/scripts/triple_features.py"),
    output:
        f"{FEATURES}/{{triples}}/{{modality}}.npy",
    log:
        f"{LOGS}/cmhn/{{triples}}-{{modality}}.log",
    wildcard_constraints:
        triples="avsynth|stamps",
        modality="text|vision|audio",
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/triple_features.py"


rule cmhn_retrieval:
    """Retrieval in six directions on held-out triples, against every baseline."""
    input:
        **experiment_inputs("cmhn", "retrieval", *RETRIEVED),
        features=triple_features(*(name for name in RETRIEVED if name != "avsynth")),
    output:
        **experiment_outputs(
            "cmhn",
            "retrieval",
            figures=["recall"],
            tables=["galleries", "avsynth_table", "stamps_table", "gains", "tests", "parameters", "chosen"],
        ),
    log:
        f"{LOGS}/cmhn/retrieval.ipynb",
    params:
        settings=dict(config["cmhn"]["retrieval"]) | {"features": FEATURES},
        profile=config["profile"],
    threads: 2
    resources:
        mem_mb=4000,
        runtime=240,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule cmhn_completion:
    """All triples stored, and a damaged caption that calls back its picture and its sound."""
    input:
        **experiment_inputs("cmhn", "completion", COMPLETED),
        features=triple_features(COMPLETED),
    output:
        **experiment_outputs(
            "cmhn", "completion", figures=["completion"], tables=["store", "completion_table"]
        ),
        **experiment_samples("cmhn", "completion", config["cmhn"]["completion"]["samples"]),
    log:
        f"{LOGS}/cmhn/completion.ipynb",
    params:
        settings=dict(config["cmhn"]["completion"]) | {"features": FEATURES},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule cmhn_errata:
    """The proposal's formulas as printed beside the ones that are built, in numbers."""
    input:
        **experiment_inputs("cmhn", "errata"),
    output:
        **experiment_outputs("cmhn", "errata", figures=["dynamics"], tables=["formulas"]),
    log:
        f"{LOGS}/cmhn/errata.ipynb",
    params:
        settings=config["cmhn"]["errata"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule cmhn_pretrained:
    """The model that the package ships, trained end to end, with its card."""
    input:
        **experiment_inputs("cmhn", "pretrained", "avsynth"),
    output:
        **experiment_outputs("cmhn", "pretrained", figures=["training"], tables=["recall"]),
        weights=f"{RESULTS}/cmhn/pretrained/avsynth.safetensors",
        card=f"{RESULTS}/cmhn/pretrained/card.md",
    log:
        f"{LOGS}/cmhn/pretrained.ipynb",
    params:
        settings=config["cmhn"]["pretrained"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


EXPERIMENTS += [
    rules.cmhn_retrieval.output,
    rules.cmhn_completion.output,
    rules.cmhn_errata.output,
    rules.cmhn_pretrained.output,
]
