# From results to readers: the summary table, the README's table, and the book.

BOOK = f"build/{config['profile']}/html/index.html"

EXPERIMENTS = ["core/data", "chmnet/dynamics", "chmnet/frames"]


rule summary:
    """The headline numbers of all experiments in one table."""
    input:
        headlines=expand(f"{RESULTS}/{{experiment}}/headline.csv", experiment=EXPERIMENTS),
        script="workflows/scripts/summarise.py",
    output:
        summary=report(SUMMARY, caption="../report/summary.rst", category="summary"),
    log:
        f"{LOGS}/summary.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/summarise.py"


rule book:
    """The rendered book, built with every warning an error."""
    input:
        chapters=[str(path) for path in sorted(Path("book").rglob("*")) if path.is_file()],
        runs=expand(f"{RESULTS}/{{experiment}}/run.json", experiment=EXPERIMENTS),
        summary=SUMMARY,
        schema="config/schema.yaml",
        script="workflows/scripts/build_book.py",
    output:
        index=BOOK,
    log:
        f"{LOGS}/book.log",
    params:
        results=RESULTS,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/build_book.py"


rule readme:
    """Write the results table of the README anew; run by hand after a laptop run, for its result is committed."""
    input:
        summary=SUMMARY,
        run=f"{RESULTS}/chmnet/frames/run.json",
    log:
        f"{LOGS}/readme.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/update_readme.py"
