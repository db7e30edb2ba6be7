use aerie::backend::wasi::WasiBackend;
use aerie::backend::wasi::pack::{Cache, Manifest};
use aerie::backend::{Backend, Job, Surroundings};
fn main(){
 let cache=Cache::at(std::env::var("AERIE_CACHE_DIR").unwrap());
 let m=Manifest::find("science",None).unwrap();
 let b=WasiBackend::open(&m,&cache,4).unwrap();
 let rt=tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
 let code=std::env::args().nth(1).unwrap();
 let n:usize=std::env::args().nth(2).unwrap().parse().unwrap();
 let mut t=vec![];
 let mut u=vec![];
 let mut last=String::new();
 for _ in 0..n { let s=std::time::Instant::now(); let r=rt.block_on(b.run(Job::new(code.clone(),1),Surroundings::default())).unwrap(); t.push(s.elapsed()); u.push(r.outcome.usage.wall_seconds); last=r.outcome.stdout+&r.outcome.stderr;}
 t.sort(); u.sort_by(f64::total_cmp);
 println!("median {:?} usage {:.3}ms last {last}", t[n/2], u[n/2]*1e3);
}
