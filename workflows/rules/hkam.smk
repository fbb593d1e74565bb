# Hopfield–Kuramoto associative memory: threshold units, oscillators, and the two bound together.

# Beside its Python files the package has the paper's numbers and the compiled interaction.
_HKAM_FILES = tracked(
    "packages/hkam/src/hkam/reference.csv",
    "packages/hkam/src/hkam/_oscillator_interaction.cc",
)


rule hkam_neurons:
    """Fig. 1: spiking neurons, and their reductions to a rate and to a phase."""
    input:
        **experiment_inputs("hkam", "neurons"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs("hkam", "neurons", figures=["neurons"], tables=["reductions"]),
    log:
        f"{LOGS}/hkam/neurons.ipynb",
    params:
        settings=config["hkam"]["neurons"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_descent:
    """Theorems 3.1, 3.2 and 4.1: the energy of every model, and the rate that its theorem promises."""
    input:
        **experiment_inputs("hkam", "descent"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs(
            "hkam", "descent", figures=["energies", "rates", "broken"], tables=["deviations"]
        ),
    log:
        f"{LOGS}/hkam/descent.ipynb",
    params:
        settings=config["hkam"]["descent"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_synchronisation:
    """The order parameter of Kuramoto oscillators against their coupling and the spread of their frequencies."""
    input:
        **experiment_inputs("hkam", "synchronisation"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs(
            "hkam", "synchronisation", figures=["circles", "transition"], tables=["critical"]
        ),
    log:
        f"{LOGS}/hkam/synchronisation.ipynb",
    params:
        settings=config["hkam"]["synchronisation"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_landscapes:
    """Energy landscapes and basins of attraction of networks small enough to be drawn."""
    input:
        **experiment_inputs("hkam", "landscapes"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs("hkam", "landscapes", figures=["basins", "remodelled"], tables=["attractors"]),
    log:
        f"{LOGS}/hkam/landscapes.ipynb",
    params:
        settings=config["hkam"]["landscapes"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_multiplexing:
    """Example 4: one network, two computations, chosen by the oscillators."""
    input:
        **experiment_inputs("hkam", "multiplexing"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs(
            "hkam", "multiplexing", figures=["computations", "switch"], tables=["recalled"]
        ),
    log:
        f"{LOGS}/hkam/multiplexing.ipynb",
    params:
        settings=config["hkam"]["multiplexing"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_own_energy:
    """An energy that is not in the package: written, solved and trained."""
    input:
        **experiment_inputs("hkam", "own_energy"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs("hkam", "own_energy", figures=["trained"]),
        code=f"{RESULTS}/hkam/own_energy/code.md",
    log:
        f"{LOGS}/hkam/own_energy.ipynb",
    params:
        settings=config["hkam"]["own_energy"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_errata:
    """Every formula that the paper misprints beside the corrected one, in numbers."""
    input:
        **experiment_inputs("hkam", "errata"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs("hkam", "errata", figures=["evidence"], tables=["formulas"]),
    log:
        f"{LOGS}/hkam/errata.ipynb",
    params:
        settings=config["hkam"]["errata"],
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_mnist:
    """Table 1: the Hopfield sub-network pre-trained on digits, before any oscillator is added."""
    input:
        **experiment_inputs("hkam", "mnist", "mnist"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs(
            "hkam", "mnist", figures=["learning", "digits"], tables=["accuracies", "solvers"]
        ),
        classifier=f"{RESULTS}/hkam/mnist/classifier.safetensors",
    log:
        f"{LOGS}/hkam/mnist.ipynb",
    params:
        settings=config["hkam"]["mnist"],
        profile=config["profile"],
    threads: 2
    priority: 2  # all edits wait for it
    resources:
        mem_mb=6000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_edit:
    """One edit: oscillators trained to change what the classifier says of 0 and 1."""
    input:
        notebook=tracked("workflows/notebooks/hkam/edit.py"),
        sources=sources("amcore") + sources("hkam"),
        data=prepared("mnist"),
        package_files=_HKAM_FILES,
        classifier=rules.hkam_mnist.output.classifier,
    output:
        metrics=f"{RESULTS}/hkam/edits/{{edit}}/metrics.csv",
        run=f"{RESULTS}/hkam/edits/{{edit}}/run.json",
        notebook=f"{RESULTS}/hkam/edits/{{edit}}/notebook.ipynb",
        history=f"{RESULTS}/hkam/edits/{{edit}}/history.csv",
        network=f"{RESULTS}/hkam/edits/{{edit}}/network.safetensors",
    log:
        f"{LOGS}/hkam/edits/{{edit}}.ipynb",
    params:
        settings=edit_settings,
        profile=config["profile"],
    threads: 1
    priority: 1  # the longest jobs begin first, so that no core waits for the last of them
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_editing:
    """Tables 2, 3 and 4 and Fig. 2: four edits of the classifier, and what the oscillators do."""
    input:
        **experiment_inputs("hkam", "editing", "mnist"),
        package_files=_HKAM_FILES,
        classifier=rules.hkam_mnist.output.classifier,
        edits=expand(f"{RESULTS}/hkam/edits/{{edit}}/{{file}}", edit=EDITS, file=["metrics.csv", "run.json", "history.csv", "network.safetensors"]),
    output:
        **experiment_outputs(
            "hkam",
            "editing",
            figures=["digits", "learning", "corrections", "exchange", "spheres", "grams", "per_digit"],
            tables=["edits", "non_associative", "associative", "sizes", "starts", "exchange"],
        ),
    log:
        f"{LOGS}/hkam/editing.ipynb",
    params:
        settings=CLASSIFIER | {
            "evaluated_test_images": EDITING["evaluated_test_images"],
            "classifier": f"{RESULTS}/hkam/mnist/classifier.safetensors",
            "edits": f"{RESULTS}/hkam/edits",
            "names": list(EDITS),
            "profile": config["profile"],
        },
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_tables:
    """Tables 2 and 3 cell by cell, over seeds, from the accuracies that the profile `tables` left in the package."""
    input:
        **experiment_inputs("hkam", "tables"),
        package_files=_HKAM_FILES + tracked("packages/hkam/src/hkam/measured.csv"),
    output:
        **experiment_outputs(
            "hkam",
            "tables",
            figures=["cells", "least", "starts"],
            tables=["second", "third", "least_table", "enough", "starts", "steps"],
        ),
    log:
        f"{LOGS}/hkam/tables.ipynb",
    params:
        settings={},
        profile=config["profile"],
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule hkam_sweep:
    """How many neighbours and degrees of freedom an edit needs, on pooled digits."""
    input:
        **experiment_inputs("hkam", "sweep", "mnist"),
        package_files=_HKAM_FILES,
    output:
        **experiment_outputs("hkam", "sweep", figures=["sweep"], tables=["cells"]),
    log:
        f"{LOGS}/hkam/sweep.ipynb",
    params:
        settings=config["hkam"]["sweep"],
        profile=config["profile"],
    threads: 1
    priority: 1
    resources:
        mem_mb=3000,
        runtime=60,
    conda:
        "../../environment.yml"
    script:
        "../scripts/run_notebook.py"


rule pretrained:
    """Put the classifier and one edit a task into the package; run by hand, for its result is committed."""
    input:
        classifier=rules.hkam_mnist.output.classifier,
        edits=[f"{RESULTS}/hkam/edits/{name}/network.safetensors" for name in KEPT.values()],
        script=tracked("workflows/scripts/keep_pretrained.py"),
    log:
        f"{LOGS}/pretrained.log",
    params:
        tasks=list(KEPT),
        folder="packages/hkam/src/hkam/pretrained",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/keep_pretrained.py"


rule measured:
    """Put the accuracies of this profile's finished edits into the package; run by hand, for its result is committed."""
    input:
        script=tracked("workflows/scripts/keep_measured.py"),
    log:
        f"{LOGS}/measured.log",
    params:
        names=list(EDITS),
        edits=f"{RESULTS}/hkam/edits",
        classifier=f"{RESULTS}/hkam/mnist/metrics.csv",
        kept="packages/hkam/src/hkam/measured.csv",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/keep_measured.py"


EXPERIMENTS += [
    rules.hkam_neurons.output,
    rules.hkam_descent.output,
    rules.hkam_synchronisation.output,
    rules.hkam_landscapes.output,
    rules.hkam_multiplexing.output,
    rules.hkam_own_energy.output,
    rules.hkam_errata.output,
    rules.hkam_mnist.output,
    rules.hkam_editing.output,
    rules.hkam_tables.output,
    rules.hkam_sweep.output,
]
