// The scripts that make a shell use an environment. They keep what they change in the variables that `venv` and
// virtualenv use for it (`_OLD_VIRTUAL_PATH` and so on), so that environments of different tools can follow each other.

/** What the scripts are about. */
export interface ActivationFacts {
  /** The environment's folder, absolute. */
  readonly root: string;
  /** `bin` or `Scripts`. */
  readonly scriptsFolder: string;
  /** Stands before the shell's prompt. */
  readonly prompt: string;
  /** site-packages relative to the scripts' folder. */
  readonly sitePackages: readonly string[];
  /** Whether the scripts find the environment by their own place. */
  readonly isRelocatable: boolean;
}

/** The scripts by their file names; csh cannot tell where a script lies, so a relocatable environment has none for it. */
export function activationScripts(facts: ActivationFacts): ReadonlyMap<string, string> {
  const scripts = new Map([
    ["activate", posixScript(facts)],
    ["activate.fish", fishScript(facts)],
    ["activate.nu", nuScript(facts)],
    ["activate.ps1", powershellScript(facts)],
    ["activate.bat", batchScript(facts)],
    ["activate.xsh", xonshScript(facts)],
    ["deactivate.bat", DEACTIVATE_BATCH],
    ["pydoc.bat", PYDOC_BATCH],
    ["activate_this.py", pythonScript(facts)],
  ]);
  if (!facts.isRelocatable) scripts.set("activate.csh", cshScript(facts));
  return scripts;
}

function posixScript(facts: ActivationFacts): string {
  const root = facts.isRelocatable
    ? `if [ -n "\${BASH_VERSION-}" ]; then
    eval '_pinion_script=\${BASH_SOURCE[0]}'
elif [ -n "\${ZSH_VERSION-}" ]; then
    eval '_pinion_script=\${(%):-%x}'
elif [ -n "\${KSH_VERSION-}" ]; then
    eval '_pinion_script=\${.sh.file}'
else
    echo "This environment can be activated from bash, zsh and ksh: other shells do not say where a script is" >&2
    return 1
fi
VIRTUAL_ENV=$(CDPATH= cd -- "$(dirname -- "$_pinion_script")/.." && pwd)
unset _pinion_script`
    : `VIRTUAL_ENV=${quotePosix(facts.root)}`;
  return `# For POSIX shells: \`. ${facts.scriptsFolder}/activate\`, and \`deactivate\` to go back.

deactivate () {
    if [ -n "\${_OLD_VIRTUAL_PATH+set}" ]; then
        PATH=$_OLD_VIRTUAL_PATH
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "\${_OLD_VIRTUAL_PYTHONHOME+set}" ]; then
        PYTHONHOME=$_OLD_VIRTUAL_PYTHONHOME
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "\${_OLD_VIRTUAL_PS1+set}" ]; then
        PS1=$_OLD_VIRTUAL_PS1
        unset _OLD_VIRTUAL_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    hash -r 2>/dev/null || true
    if [ "\${1-}" != nondestructive ]; then
        unset -f deactivate
    fi
}

deactivate nondestructive

${root}
VIRTUAL_ENV_PROMPT=${quotePosix(facts.prompt)}
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_OLD_VIRTUAL_PATH=$PATH
PATH="$VIRTUAL_ENV/${facts.scriptsFolder}:$PATH"
export PATH

if [ -n "\${PYTHONHOME+set}" ]; then
    _OLD_VIRTUAL_PYTHONHOME=$PYTHONHOME
    unset PYTHONHOME
fi

if [ -z "\${VIRTUAL_ENV_DISABLE_PROMPT-}" ]; then
    _OLD_VIRTUAL_PS1=\${PS1-}
    PS1=${quotePosix(`(${plainPrompt(facts.prompt)}) `)}\${PS1-}
fi

hash -r 2>/dev/null || true
`;
}

function cshScript(facts: ActivationFacts): string {
  const prompt = quoteCsh(`(${plainPrompt(facts.prompt)}) `);
  return `# For csh and tcsh: \`source ${facts.scriptsFolder}/activate.csh\`, and \`deactivate\` to go back.

alias deactivate 'test $?_OLD_VIRTUAL_PATH != 0 && setenv PATH "$_OLD_VIRTUAL_PATH:q" && unset _OLD_VIRTUAL_PATH; test $?_OLD_VIRTUAL_PROMPT != 0 && set prompt = "$_OLD_VIRTUAL_PROMPT:q" && unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; rehash; test "\\!:*" != nondestructive && unalias deactivate'
deactivate nondestructive

setenv VIRTUAL_ENV ${quoteCsh(facts.root)}
setenv VIRTUAL_ENV_PROMPT ${quoteCsh(facts.prompt)}

set _OLD_VIRTUAL_PATH = "$PATH:q"
setenv PATH "\${VIRTUAL_ENV:q}/${facts.scriptsFolder}:\${PATH:q}"

if (! $?VIRTUAL_ENV_DISABLE_PROMPT) then
    if ($?prompt) then
        set _OLD_VIRTUAL_PROMPT = "$prompt:q"
        set prompt = ${prompt}"$prompt:q"
    endif
endif

rehash
`;
}

function fishScript(facts: ActivationFacts): string {
  const root = facts.isRelocatable
    ? "(path resolve (path dirname (path resolve (status filename)))/..)"
    : quoteFish(facts.root);
  return `# For fish: \`source ${facts.scriptsFolder}/activate.fish\`, and \`deactivate\` to go back.

function deactivate -d "Leave the virtual environment"
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if functions -q _old_fish_prompt
        functions -e fish_prompt
        functions -c _old_fish_prompt fish_prompt
        functions -e _old_fish_prompt
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e deactivate
    end
end

deactivate nondestructive

set -gx VIRTUAL_ENV ${root}
set -gx VIRTUAL_ENV_PROMPT ${quoteFish(facts.prompt)}

set -gx _OLD_VIRTUAL_PATH $PATH
set -gx PATH $VIRTUAL_ENV/${facts.scriptsFolder} $PATH

if set -q PYTHONHOME
    set -gx _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"
    functions -q fish_prompt; or fish_prompt >/dev/null
    functions -c fish_prompt _old_fish_prompt
    function fish_prompt
        set -l last_status $status
        printf '(%s) ' $VIRTUAL_ENV_PROMPT
        echo "exit $last_status" | source
        _old_fish_prompt
    end
end
`;
}

function nuScript(facts: ActivationFacts): string {
  const root = facts.isRelocatable ? "(path self | path dirname | path dirname)" : quoteDouble(facts.root);
  return `# For Nushell: \`overlay use ${facts.scriptsFolder}/activate.nu\`, and \`deactivate\` to go back.

export-env {
    let root = ${root}
    let prompt = ${quoteDouble(facts.prompt)}
    let name = (if ("Path" in $env) { "Path" } else { "PATH" })
    let folders = ($env | get $name | prepend ($root | path join ${quoteDouble(facts.scriptsFolder)}))
    load-env {
        VIRTUAL_ENV: $root
        VIRTUAL_ENV_PROMPT: $prompt
        $name: $folders
    }
    if ($env.VIRTUAL_ENV_DISABLE_PROMPT? | is-empty) {
        let before = ($env.PROMPT_COMMAND? | default "")
        $env.PROMPT_COMMAND = {||
            let shown = (if ($before | describe) == "closure" { do $before } else { $before })
            $"(char lparen)($prompt)(char rparen) ($shown)"
        }
    }
}

export alias deactivate = overlay hide activate
`;
}

function powershellScript(facts: ActivationFacts): string {
  return `# For PowerShell: \`${facts.scriptsFolder}/activate.ps1\`, and \`deactivate\` to go back.

function global:deactivate ([switch]$NonDestructive) {
    if (Test-Path variable:_OLD_VIRTUAL_PATH) {
        $env:PATH = $global:_OLD_VIRTUAL_PATH
        Remove-Variable "_OLD_VIRTUAL_PATH" -Scope global
    }
    if (Test-Path function:_old_virtual_prompt) {
        $function:prompt = $function:_old_virtual_prompt
        Remove-Item function:\\_old_virtual_prompt
    }
    foreach ($name in "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT") {
        if (Test-Path "env:$name") { Remove-Item "env:$name" }
    }
    if (!$NonDestructive) { Remove-Item function:deactivate }
}

deactivate -NonDestructive

$env:VIRTUAL_ENV = (Get-Item (Join-Path $PSScriptRoot "..")).FullName
$env:VIRTUAL_ENV_PROMPT = ${quotePowershell(facts.prompt)}

New-Variable -Scope global -Name _OLD_VIRTUAL_PATH -Value $env:PATH
$env:PATH = "$PSScriptRoot" + [System.IO.Path]::PathSeparator + $env:PATH

if (!$env:VIRTUAL_ENV_DISABLE_PROMPT) {
    function global:_old_virtual_prompt { "" }
    $function:_old_virtual_prompt = $function:prompt
    function global:prompt {
        Write-Host -NoNewline "($env:VIRTUAL_ENV_PROMPT) "
        _old_virtual_prompt
    }
}
`;
}

function batchScript(facts: ActivationFacts): string {
  const root = facts.isRelocatable
    ? '@for %%i in ("%~dp0..") do @set "VIRTUAL_ENV=%%~fi"'
    : `@set "VIRTUAL_ENV=${quoteBatch(facts.root)}"`;
  return batch(`@rem For cmd.exe: ${facts.scriptsFolder}\\activate.bat, and deactivate to go back.
@if defined _OLD_VIRTUAL_PATH @set "PATH=%_OLD_VIRTUAL_PATH%"
@if defined _OLD_VIRTUAL_PROMPT @set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
${root}
@set "VIRTUAL_ENV_PROMPT=${quoteBatch(facts.prompt)}"
@if not defined PROMPT @set "PROMPT=$P$G"
@set "_OLD_VIRTUAL_PROMPT="
@if not defined VIRTUAL_ENV_DISABLE_PROMPT (
    @set "_OLD_VIRTUAL_PROMPT=%PROMPT%"
    @set "PROMPT=(%VIRTUAL_ENV_PROMPT%) %PROMPT%"
)
@if defined PYTHONHOME @set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"
@set "PYTHONHOME="
@set "_OLD_VIRTUAL_PATH=%PATH%"
@set "PATH=%VIRTUAL_ENV%\\${facts.scriptsFolder};%PATH%"
`);
}

function xonshScript(facts: ActivationFacts): string {
  return `# For xonsh: \`source ${facts.scriptsFolder}/activate.xsh\`, and \`deactivate\` to go back.

def _pinion_deactivate(args):
    environment = __xonsh__.env
    for name in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"):
        if name in environment:
            del environment[name]
    if "_OLD_VIRTUAL_PATH" in environment:
        environment["PATH"] = environment["_OLD_VIRTUAL_PATH"]
        del environment["_OLD_VIRTUAL_PATH"]
    if args != ["nondestructive"]:
        del aliases["deactivate"]


_pinion_deactivate(["nondestructive"])
aliases["deactivate"] = _pinion_deactivate

$VIRTUAL_ENV = ${quoteDouble(facts.root)}
$VIRTUAL_ENV_PROMPT = ${quoteDouble(facts.prompt)}
$_OLD_VIRTUAL_PATH = list($PATH)
$PATH.insert(0, ${quoteDouble(`${facts.root}/${facts.scriptsFolder}`)})
if "PYTHONHOME" in __xonsh__.env:
    del $PYTHONHOME
`;
}

/** For programs that embed a Python and want an environment's packages: `exec` it with `__file__` set. */
function pythonScript(facts: ActivationFacts): string {
  return `"""Makes a running Python use this environment: exec this file with its own path as \`__file__\`."""

import os
import site
import sys

scripts = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(scripts)

os.environ["PATH"] = os.pathsep.join([scripts, *os.environ.get("PATH", "").split(os.pathsep)])
os.environ["VIRTUAL_ENV"] = root
os.environ["VIRTUAL_ENV_PROMPT"] = ${quoteDouble(facts.prompt)}

known = len(sys.path)
for folder in ${JSON.stringify(facts.sitePackages)}:
    site.addsitedir(os.path.realpath(os.path.join(scripts, folder)))
sys.path[:] = sys.path[known:] + sys.path[:known]

sys.real_prefix = sys.prefix
sys.prefix = root
`;
}

/** Shells expand a prompt: nothing of a folder's name may run there. */
function plainPrompt(prompt: string): string {
  return prompt.replaceAll(/[$`\\!%\x00-\x1f\x7f]/g, "_");
}

function quotePosix(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** csh looks for history even inside quotes. */
function quoteCsh(text: string): string {
  return quotePosix(text).replaceAll("!", "\\!");
}

function quoteFish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** JSON's quotes and escapes are Python's and Nushell's too. */
function quoteDouble(text: string): string {
  return JSON.stringify(text);
}

/** The typographic quotes end a string too (the language specification, 2.3.5.2). */
function quotePowershell(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}

function quoteBatch(text: string): string {
  return text.replaceAll("%", "%%").replaceAll('"', "");
}

function batch(text: string): string {
  return text.replaceAll("\n", "\r\n");
}

const DEACTIVATE_BATCH: string = batch(`@if defined _OLD_VIRTUAL_PATH @set "PATH=%_OLD_VIRTUAL_PATH%"
@if defined _OLD_VIRTUAL_PROMPT @set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
@if defined _OLD_VIRTUAL_PYTHONHOME @set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
@set "_OLD_VIRTUAL_PATH="
@set "_OLD_VIRTUAL_PROMPT="
@set "_OLD_VIRTUAL_PYTHONHOME="
@set "VIRTUAL_ENV="
@set "VIRTUAL_ENV_PROMPT="
`);

const PYDOC_BATCH: string = batch(`@python.exe -m pydoc %*
`);
