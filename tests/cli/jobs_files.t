#!/usr/bin/perl
# The files of jobs/: scripts parse and pass shellcheck, manifests say what pods and services need, the wrapper of mpirun
# hands signals on and gives the exit code back. That they work is tested on fake hosts, Slurm and containers (make
# test-cluster). Linters are used where they are there.
use strict;
use warnings;
use lib 'tests/support';
use Cwd 'abs_path';
use Plaq;
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time);

my @scripts = (glob('jobs/{mpirun,slurm,pbs}/*.sh'), map { "jobs/container/$_" } 'slim', 'entrypoint');
my @sourced = glob 'jobs/env/*.sh';
sub have { my ($name) = @_; return scalar grep { -x "$_/$name" } split /:/, $ENV{PATH} }

cmp_ok @scripts, '>=', 8, 'there are scripts';
for my $path (@scripts, @sourced) {
    is Plaq::run('sh', '-n', $path), 0, "$path: sh -n" or diag $err;
    is !!-x $path, !grep({ $_ eq $path } @sourced), "$path: executable, unless it is sourced";
    SKIP: {
        skip 'no shellcheck', 1 unless have('shellcheck');
        is Plaq::run('shellcheck', '-s', 'sh', $path), 0, "$path: shellcheck" or diag $out;
    }
}

# What every batch script of Slurm must have; without it a job that is stopped is a job that is lost.
for my $path (glob 'jobs/slurm/*.sh') {
    my $text = slurp($path);
    like $text, qr/^#SBATCH .*--requeue/m, "$path: may be put back into the queue";
    like $text, qr/^#SBATCH --signal=B:USR1\@\d+$/m, "$path: is told before the end";
    like $text, qr/--open-mode=append/, "$path: keeps its log";
    like $text, qr/^exec .*run\.sh" plaq measure .*"\$@"$/m, "$path: is the wrapper";
}

# The settings are those that plaq's own words name, and leave what a user has set.
for my $path (@sourced) {
    my $ucx = `UCX_TLS=mine . ./$path 2>/dev/null; sh -c 'UCX_TLS=mine; . ./$path; echo \$OMPI_MCA_pml \$UCX_TLS'`;
    is $ucx, "ucx mine\n", "$path: takes UCX, and what the user says";
}

# Options in the scripts are options of plaq.
is plaq('measure', '--help'), 0, 'plaq measure --help';
my $help = $out;
for my $path (glob('jobs/{slurm,pbs}/*.sh'), glob('jobs/{kubernetes,systemd}/*')) {
    my $text = slurp($path);
    my %option = map { $_ => 1 } map { /(--[a-z]+)/g } $text =~ /^[^#\n]*\bmeasure\b((?:.|\n\s+- )*)/mg;
    like $help, qr/\Q$_\E\b/, "$path: $_" for sort keys %option;
}

# Manifests
is Plaq::run('/usr/bin/python3', '-c', <<'END', glob('jobs/kubernetes/*.yaml'), 'jobs/systemd/cloud-init.yaml'), 0, 'YAML' or diag $out, $err;
import sys, yaml

def pods(kind, spec):
    if kind == "MPIJob": return {r: spec["mpiReplicaSpecs"][r]["template"]["spec"] for r in ("Launcher", "Worker")}
    if kind == "Deployment": return {"pod": spec["template"]["spec"]}
    return {"pod": spec["jobTemplate"]["spec"]["template"]["spec"]}

api = {"MPIJob": "kubeflow.org/v2beta1", "Deployment": "apps/v1", "CronJob": "batch/v1"}
for path in sys.argv[1:]:
    text = open(path).read()
    doc = yaml.safe_load(text)
    if path.endswith("cloud-init.yaml"):
        assert text.startswith("#cloud-config\n"), path
        assert {"packages", "write_files", "runcmd"} <= set(doc), path
        assert all(isinstance(c, list) and all(isinstance(w, str) for w in c) for c in doc["runcmd"]), doc["runcmd"]
        run = [f for f in doc["write_files"] if f["path"] == "/etc/plaq/run.yaml"][0]
        assert {"ensemble", "measure", "output"} <= set(yaml.safe_load(run["content"])), path
        continue
    assert doc["apiVersion"] == api[doc["kind"]], path
    for name, pod in pods(doc["kind"], doc["spec"]).items():
        where = path + ", " + name
        volumes = {v["name"] for v in pod["volumes"]}
        assert pod["securityContext"]["runAsUser"] != 0, where
        for c in pod["containers"]:
            assert c["image"] and c["resources"]["limits"]["memory"] and c["resources"]["requests"], where
            assert {m["name"] for m in c["volumeMounts"]} <= volumes, where
            assert all(isinstance(w, str) for w in c.get("args", [])), where + ": words are strings"
            assert all(isinstance(e["value"], str) for e in c.get("env", [])), where + ": values are strings"
            if "plaq" in c.get("args", []): assert pod["terminationGracePeriodSeconds"] >= 60 and "command" not in c, where
        ranks = doc["spec"].get("slotsPerWorker")
        if name == "Launcher":
            args = pod["containers"][0]["args"]
            workers = doc["spec"]["mpiReplicaSpecs"]["Worker"]["replicas"]
            assert int(args[args.index("-n") + 1]) == ranks * workers, where + ": as many ranks as slots"
    if doc["kind"] == "Deployment":
        assert doc["spec"]["selector"]["matchLabels"] == doc["spec"]["template"]["metadata"]["labels"], path
END
SKIP: {
    skip 'no yamllint', 1 unless have('yamllint');
    my $rules = '{extends: default, rules: {line-length: {max: 130}, document-start: disable, comments: disable}}';
    is Plaq::run('yamllint', '-s', '-d', $rules, glob('jobs/kubernetes/*.yaml'), 'jobs/systemd/cloud-init.yaml'), 0, 'yamllint'
        or diag $out;
}
SKIP: {
    skip 'no systemd-analyze', 1 unless have('systemd-analyze');
    # the manual need not be installed here
    spew("$scratch/plaq-follow.service", slurp('jobs/systemd/plaq-follow.service') =~ s/^Documentation=.*\n//mr);
    Plaq::run('systemd-analyze', 'verify', "$scratch/plaq-follow.service");
    is $err, '', 'systemd-analyze verify';
}

# The wrappers, around something that ends in good order on SIGUSR1 alone and dies of a SIGTERM
spew("$scratch/patient", "#!/bin/sh\ntrap 'echo stopping; exit 75' USR1\ntouch $scratch/ready\nwhile :; do sleep 0.1; done\n");
chmod 0755, "$scratch/patient";
for my $case (['run.sh', 'TERM', 'PLAQ_LAUNCH='], ['run.sh', 'USR1', 'PLAQ_LAUNCH='], ['run.sh', 'TERM', 'PLAQ_LAUNCH=mpirun -n 2'],
              ['entrypoint', 'TERM', 'PLAQ_LAUNCH=']) {
    my ($name, $signal, $launch) = @$case;
    my $wrapper = abs_path($name eq 'run.sh' ? 'jobs/mpirun/run.sh' : 'jobs/container/entrypoint');
    my $child = fork // die;
    unlink "$scratch/ready";
    if (!$child) {
        open STDOUT, '>', "$scratch/said";
        exec 'env', $launch, $wrapper, "$scratch/patient" or die;
    }
    for (1 .. 600) { last if -e "$scratch/ready"; sleep 0.05 }
    sleep 0.5;
    kill $signal, $child;
    for (1 .. 600) { last if waitpid($child, WNOHANG) == $child; sleep 0.05; kill 'KILL', $child if $_ == 599 }
    is $? >> 8, 75, "$name, $launch: SIG$signal ends it with 75";
    like slurp("$scratch/said"), qr/stopping/, 'in good order';
}
is Plaq::run('env', 'PLAQ_LAUNCH=', 'jobs/mpirun/run.sh', 'sh', '-c', 'exit 3'), 3, 'run.sh: the exit code';
is Plaq::run('jobs/container/entrypoint', 'sh', '-c', 'exit 3'), 3, 'entrypoint: the exit code';

# In a Slurm job: back into the queue after a request, not when 75 came at once by itself.
mkdir "$scratch/bin" or die;
spew("$scratch/bin/scontrol", "#!/bin/sh\necho \"\$@\" >> $scratch/requeued\n");
chmod 0755, "$scratch/bin/scontrol";
my @slurm = ('env', 'PLAQ_LAUNCH=', 'SLURM_JOB_ID=17', "PATH=$scratch/bin:$ENV{PATH}", 'jobs/mpirun/run.sh', 'sh', '-c');
is Plaq::run(@slurm, 'exit 75'), 75, 'run.sh in Slurm: 75 at once';
like $err, qr/not put back/, 'and says why it is not put back';
is Plaq::run(@slurm, 'trap "" USR1; kill -USR1 $PPID; sleep 0.5; exit 75'), 75, 'run.sh in Slurm: asked to stop';
is slurp("$scratch/requeued"), "requeue 17\n", 'the job is put back, once';
done_testing;
