"use strict";var u=Object.defineProperty;var O=Object.getOwnPropertyDescriptor;var S=Object.getOwnPropertyNames;var E=Object.prototype.hasOwnProperty;var C=(e,n)=>{for(var o in n)u(e,o,{get:n[o],enumerable:!0})},A=(e,n,o,t)=>{if(n&&typeof n=="object"||typeof n=="function")for(let r of S(n))!E.call(e,r)&&r!==o&&u(e,r,{get:()=>n[r],enumerable:!(t=O(n,r))||t.enumerable});return e};var _=e=>A(u({},"__esModule",{value:!0}),e);var W={};C(W,{completionScript:()=>F});module.exports=_(W);var p=["python","recommended","all","hadolint","buildkit"];var m=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var g={preset:p,"fail-on":["error","warning","info","never"],color:["auto","always","never"],engine:["docker","podman"]},h={lint:m,advise:["markdown","json"],prove:["markdown","json"],inspect:["text","json","markdown"],rules:["text","json"],config:["text","json"]},y=["bash","zsh","fish"],w={switches:["fix","unsafe-fixes","diff","show-suppressed","statistics","verbose","update-baseline","add-suppressions","force-exclude","watch"],valued:["stdin-filename","fix-rule","shellcheck","baseline","reason"]},x={switches:["no-progress","insecure"],valued:["platform","image","dockerfile","target","base-layers","top","min-efficiency","max-wasted"]},$={switches:["keep"],valued:["context","build-arg","network","engine"]},j=["pedantic","isolated",...w.switches,...x.switches,...$.switches,"help","version"],T=["format","output-file","color","select","ignore","fail-on","preset","config",...w.valued,...x.valued,...$.valued,"from-hadolint"],te=[...j,...T];var b=require("./help.js");function F(e,n){let o=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),t=b.HELP_COMMANDS.map(i=>({...i,completions:L(i,o)}));return{bash:I,zsh:D,fish:V}[e](t,o)}function L({name:e,options:n},o){return[...n.flatMap(({written:t,lines:[r=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(t)??[];return i===void 0||s===void 0?[]:[{long:i,text:r,values:s===""||s.startsWith("[=")?void 0:P(e,i,o)}]}),{long:"help",text:"what the command takes",values:void 0}]}function P(e,n,o){return n==="format"?h[e]:["select","ignore","fix-rule"].includes(n)?o:g[n]??[]}function c({name:e},n){return e==="explain"?n:e==="completions"?y:[]}function I(e,n){let o=e.map(t=>{let i=t.completions.filter(({values:a})=>a!==void 0).map(({long:a,values:l=[]})=>l.length===0?`        --${a}) return ;;`:`        --${a}) words='${l.join(" ")}' ;;`),s=t.completions.map(({long:a})=>`--${a}`).join(" ");return`    ${t.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${c(t,n).join(" ")}' ;; esac ;;
      esac ;;`});return`# plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words=''
  COMPREPLY=()
  # bash takes --format=json apart at the sign.
  if [ "$previous" = = ] && [ "$COMP_CWORD" -gt 2 ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$current" = = ]; then current=''; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${e.map(({name:t})=>t).join("|")}) command=$word; break ;; esac
  done
  case $command in
${o.join(`
`)}
    *) words='${e.map(({name:t})=>t).join(" ")} --help --version' ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function D(e,n){let o=e.map(t=>{let r=t.completions.map(({long:s,text:a,values:l})=>{let d=a.replace(/[[\]:']/g," ");return l===void 0?`'--${s}[${d}]'`:`'*--${s}[${d}]:${s}:${l.length===0?"_files":`(${l.join(" ")})`}'`}),i=c(t,n);return`    (${t.name}) _arguments -S ${[...r,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${e.map(({name:t,summary:r})=>`'${t}[${r.replace(/[[\]:']/g," ")}]'`).join(" ")} ;;
    (rest) case $words[1] in
${o.join(`
`)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`}function V(e,n){let o=r=>`'${r.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(r=>{let{name:i,summary:s,completions:a}=r,l=`complete -c plimsoll -n ${o(`__fish_seen_subcommand_from ${i}`)}`,d=c(r,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${o(s)}`,...a.map(({long:R,text:k,values:f})=>{let v=f===void 0?"":f.length===0?" -r":` -x -a ${o(f.join(" "))}`;return`${l} -l ${R}${v} -d ${o(k)}`}),...d.length===0?[]:[`${l} -f -a ${o(d.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
