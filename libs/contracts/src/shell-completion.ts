/** Completion of a command line in bash, zsh and fish: the shells ask the command itself, as `COMMAND __complete WORD…`, what the last word can become. */

/** The verb by which a shell asks: the words follow it, the last one as far as it is typed. */
export const completionWord = '__complete'

/** What a word can become: whole words, and whether names of files are among them. */
export interface Completions {
  /** One that ends with = or / goes on: no blank follows. */
  words: readonly { word: string; summary?: string }[]
  files?: boolean
}

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Last line of an answer when names of files fit too. */
const filesMark = ':files'

/** What `COMMAND __complete` prints: one word a line, its summary after a tab. */
export function completionLines({ words, files = false }: Completions): string {
  const lines = words.map(({ word, summary }) => (summary === undefined ? word : `${word}\t${summary.replaceAll(/\s+/g, ' ')}`))
  return [...lines, ...(files ? [filesMark] : [])].map((line) => `${line}\n`).join('')
}

/** The script that makes `shell` complete `command`. */
export function completionScript(shell: Shell, command: string): string {
  const name = `_${command.replaceAll('-', '_')}_complete`
  return { bash, zsh, fish }[shell](command, name)
}

const bash = (command: string, name: string) => `# bash completion of ${command}: source <(${command} completion bash)
${name}() {
  local line="\${COMP_LINE:0:COMP_POINT}" answer word
  local -a typed
  # Not COMP_WORDS: bash cuts words at = and :.
  read -ra typed <<<"$line"
  [[ $line == *[[:space:]] ]] && typed+=('')
  local current="\${typed[\${#typed[@]} - 1]}"
  # The part of the word that bash itself takes as done.
  local done="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  answer=$("\${typed[@]:0:1}" ${completionWord} "\${typed[@]:1}" 2>/dev/null)
  while IFS= read -r word; do
    if [[ $word == ${filesMark} ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${current#"$done"}")
      continue
    fi
    word="\${word%%$'\\t'*}"
    [[ $word == "$current"* && -n $word ]] || continue
    [[ $word == *[=/] ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${word#"$done"}")
  done <<<"$answer"
}
complete -F ${name} ${command}
`

const zsh = (command: string, name: string) => `#compdef ${command}
# zsh completion of ${command}: source <(${command} completion zsh)
${name}() {
  local line word summary
  local -a words_here shown going shown_going
  for line in "\${(@f)$("\${words[1]}" ${completionWord} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == ${filesMark} ]]; then
      _files
      continue
    fi
    word="\${line%%$'\\t'*}" summary="\${line#*$'\\t'}"
    [[ -z $word ]] && continue
    [[ $summary == $line ]] && summary=$word || summary="$word  -- $summary"
    if [[ $word == *[=/] ]]; then
      going+=("$word") shown_going+=("$summary")
    else
      words_here+=("$word") shown+=("$summary")
    fi
  done
  (( \${#words_here} )) && compadd -l -d shown -a words_here
  (( \${#going} )) && compadd -S '' -l -d shown_going -a going
  return 0
}
if [ "$funcstack[1]" = "${name}" ]; then
  ${name} "$@"
else
  compdef ${name} ${command}
fi
`

const fish = (command: string, name: string) => `# fish completion of ${command}: ${command} completion fish | source
function _${name}
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  for line in ($typed[1] ${completionWord} $typed[2..-1] $current 2>/dev/null)
    if test "$line" = ${filesMark}
      __fish_complete_path $current
    else
      echo $line
    end
  end
end
complete -c ${command} -f -a '(_${name})'
`
