"use strict";var m=Object.defineProperty;var A=Object.getOwnPropertyDescriptor;var _=Object.getOwnPropertyNames;var M=Object.prototype.hasOwnProperty;var j=(e,n)=>{for(var r in n)m(e,r,{get:n[r],enumerable:!0})},T=(e,n,r,t)=>{if(n&&typeof n=="object"||typeof n=="function")for(let o of _(n))!M.call(e,o)&&o!==r&&m(e,o,{get:()=>n[o],enumerable:!(t=A(n,o))||t.enumerable});return e};var F=e=>T(m({},"__esModule",{value:!0}),e);var z={};j(z,{completionScript:()=>V});module.exports=F(z);var y=["python","recommended","all","hadolint","buildkit"];var w=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var $={preset:y,"fail-on":["error","warning","info","never"],color:["auto","always","never"],engine:["docker","podman"]},b={lint:w,advise:["markdown","json"],prove:["markdown","json"],inspect:["text","json","markdown"],rules:["text","json"],config:["text","json"]},v=["bash","zsh","fish"],k={switches:["fix","unsafe-fixes","diff","show-suppressed","statistics","verbose","update-baseline","add-suppressions","force-exclude","watch"],valued:["stdin-filename","fix-rule","shellcheck","baseline","reason"]},O={switches:["no-progress","insecure"],valued:["platform","image","dockerfile","base-layers","top","min-efficiency","max-wasted"]},R={switches:["keep"],valued:["network","engine"]},I=["target","context","build-arg"],P=["pedantic","isolated",...k.switches,...O.switches,...R.switches,"help","version"],D=["format","output-file","color","select","ignore","fail-on","preset","config",...k.valued,...O.valued,...R.valued,...I,"from-hadolint"],xe=[...P,...D];var S=require("./help.js");function V(e,n){let r=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),t=S.HELP_COMMANDS.map(i=>({...i,completions:W(i,r)}));return{bash:H,zsh:U,fish:B}[e](t,r)}var c=["select","ignore","fix-rule"];function W({name:e,options:n},r){return[...n.flatMap(({written:t,lines:[o=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(t)??[];return i===void 0||s===void 0?[]:[{long:i,text:o,values:s===""||s.startsWith("[=")?void 0:N(e,i,r)}]}),{long:"help",text:"what the command takes",values:void 0}]}function N(e,n,r){return n==="format"?b[e]:c.includes(n)?r:$[n]??[]}function g({name:e},n){return e==="explain"?n:e==="completions"?v:[]}function H(e,n){let r=e.map(t=>{let i=t.completions.filter(({values:a})=>a!==void 0).map(({long:a,values:d=[]})=>d.length===0?`        --${a}) return ;;`:`        --${a}) words='${d.join(" ")}' ;;`),s=t.completions.map(({long:a})=>`--${a}`).join(" ");return`    ${t.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${g(t,n).join(" ")}' ;; esac ;;
      esac ;;`});return`# plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words='' kept=''
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
  case $previous in ${c.map(t=>`--${t}`).join("|")}) kept=\${current%"\${current##*,}"} ;; esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -P "$kept" -W "$words" -- "\${current#"$kept"}")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function U(e,n){let r=e.map(t=>{let o=t.completions.map(({long:s,text:a,values:d})=>{let u=a.replace(/[[\]:']/g," ");if(d===void 0)return`'--${s}[${u}]'`;let f=c.includes(s)?`_values -s , ${s} ${d.join(" ")}`:`(${d.join(" ")})`;return`'*--${s}[${u}]:${s}:${d.length===0?"_files":f}'`}),i=g(t,n);return`    (${t.name}) _arguments -S ${[...o,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
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
`}function B(e,n){let r=o=>`'${o.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(o=>{let{name:i,summary:s,completions:a}=o,d=`complete -c plimsoll -n ${r(`__fish_seen_subcommand_from ${i}`)}`,u=g(o,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${r(s)}`,...a.map(({long:f,text:E,values:h})=>{let p=c.includes(f)?`(__fish_append , ${h?.join(" ")})`:h?.join(" "),C=p===void 0?"":p===""?" -r":` -x -a ${r(p)}`;return`${d} -l ${f}${C} -d ${r(E)}`}),...u.length===0?[]:[`${d} -f -a ${r(u.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
