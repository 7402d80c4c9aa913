"use strict";var c=Object.defineProperty;var E=Object.getOwnPropertyDescriptor;var C=Object.getOwnPropertyNames;var A=Object.prototype.hasOwnProperty;var _=(e,n)=>{for(var r in n)c(e,r,{get:n[r],enumerable:!0})},M=(e,n,r,t)=>{if(n&&typeof n=="object"||typeof n=="function")for(let o of C(n))!A.call(e,o)&&o!==r&&c(e,o,{get:()=>n[o],enumerable:!(t=E(n,o))||t.enumerable});return e};var j=e=>M(c({},"__esModule",{value:!0}),e);var U={};_(U,{completionScript:()=>P});module.exports=j(U);var m=["python","recommended","all","hadolint","buildkit"];var g=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var y={preset:m,"fail-on":["error","warning","info","never"],color:["auto","always","never"],engine:["docker","podman"]},w={lint:g,advise:["markdown","json"],prove:["markdown","json"],inspect:["text","json","markdown"],rules:["text","json"],config:["text","json"]},x=["bash","zsh","fish"],$={switches:["fix","unsafe-fixes","diff","show-suppressed","statistics","verbose","update-baseline","add-suppressions","force-exclude","watch"],valued:["stdin-filename","fix-rule","shellcheck","baseline","reason"]},b={switches:["no-progress","insecure"],valued:["platform","image","dockerfile","base-layers","top","min-efficiency","max-wasted"]},v={switches:["keep"],valued:["network","engine"]},T=["target","context","build-arg"],L=["pedantic","isolated",...$.switches,...b.switches,...v.switches,"help","version"],I=["format","output-file","color","select","ignore","fail-on","preset","config",...$.valued,...b.valued,...v.valued,...T,"from-hadolint"],ye=[...L,...I];var O=require("./help.js");function P(e,n){let r=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),t=O.HELP_COMMANDS.map(i=>({...i,completions:D(i,r)}));return{bash:W,zsh:N,fish:H}[e](t,r)}function D({name:e,options:n},r){return[...n.flatMap(({written:t,lines:[o=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(t)??[];return i===void 0||s===void 0?[]:[{long:i,text:o,values:s===""||s.startsWith("[=")?void 0:V(e,i,r)}]}),{long:"help",text:"what the command takes",values:void 0}]}function V(e,n,r){return n==="format"?w[e]:["select","ignore","fix-rule"].includes(n)?r:y[n]??[]}function p({name:e},n){return e==="explain"?n:e==="completions"?x:[]}function W(e,n){let r=e.map(t=>{let i=t.completions.filter(({values:a})=>a!==void 0).map(({long:a,values:d=[]})=>d.length===0?`        --${a}) return ;;`:`        --${a}) words='${d.join(" ")}' ;;`),s=t.completions.map(({long:a})=>`--${a}`).join(" ");return`    ${t.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${p(t,n).join(" ")}' ;; esac ;;
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
${r.join(`
`)}
    *) words='${e.map(({name:t})=>t).join(" ")} --help --version' ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function N(e,n){let r=e.map(t=>{let o=t.completions.map(({long:s,text:a,values:d})=>{let f=a.replace(/[[\]:']/g," ");return d===void 0?`'--${s}[${f}]'`:`'*--${s}[${f}]:${s}:${d.length===0?"_files":`(${d.join(" ")})`}'`}),i=p(t,n);return`    (${t.name}) _arguments -S ${[...o,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${e.map(({name:t,summary:o})=>`'${t}[${o.replace(/[[\]:']/g," ")}]'`).join(" ")} ;;
    (rest) case $words[1] in
${r.join(`
`)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`}function H(e,n){let r=o=>`'${o.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(o=>{let{name:i,summary:s,completions:a}=o,d=`complete -c plimsoll -n ${r(`__fish_seen_subcommand_from ${i}`)}`,f=p(o,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${r(s)}`,...a.map(({long:R,text:k,values:u})=>{let S=u===void 0?"":u.length===0?" -r":` -x -a ${r(u.join(" "))}`;return`${d} -l ${R}${S} -d ${r(k)}`}),...f.length===0?[]:[`${d} -f -a ${r(f.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
