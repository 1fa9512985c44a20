# What zsh offers at the end of a line, each word a line.
# usage: zsh -f completion.zsh DIRECTORY LINE
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PROMPT_SP=; fpath=($1 \$fpath); autoload -U compinit
	compinit -u -D
	compadd() { local -a r; builtin compadd -O r \"\$@\"; print -rl -- \$r }
	whole() { print -r -- BEG''IN; _main_complete; print -r -- EN''D }
	zle -C whole complete-word whole; bindkey '^I' whole; print -r REA''DY"
zpty -r z out '*READY*'
zpty -w -n z "$2"$'\t'
zpty -r z out '*END*'
print -r -- ${out//$'\r'/} | sed '1,/BEGIN$/d; /^END/,$d; /^$/d'
